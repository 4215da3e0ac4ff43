// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QWidget>
#include <cmath>

namespace f8net {

namespace {

bool isNoValue(const QVariant& cell) {
    return !cell.isValid() || (cell.userType() == QMetaType::Double && !std::isfinite(cell.toDouble()));
}

QString cellText(const QVariant& cell) {
    if (isNoValue(cell)) return {};
    return cell.userType() == QMetaType::Double ? QString::number(cell.toDouble(), 'g', 9) : cell.toString();
}

QString csvCell(const QVariant& cell) {
    const QString text = cellText(cell);
    if (!text.contains('"') && !text.contains(',') && !text.contains('\n') && !text.contains('\r')) return text;
    return '"' + QString(text).replace('"', "\"\"") + '"';
}

QString tabbedCell(const QVariant& cell) {
    return cellText(cell).replace(QRegularExpression("[\\t\\r\\n]+"), " ");
}

template <typename ToText>
QString lines(const PlotTable& table, QChar between, ToText toText) {
    QString text;
    const auto append = [&](const auto& cells) {
        QStringList parts;
        for (const auto& cell : cells) parts << toText(cell);
        text += parts.join(between) + '\n';
    };
    append(table.columns);
    for (const QVariantList& row : table.rows) append(row);
    return text;
}

}  // namespace

QString toCsv(const PlotTable& table) {
    return lines(table, ',', csvCell);
}

QString toTabbedText(const PlotTable& table) {
    return lines(table, '\t', tabbedCell);
}

QByteArray toJson(const QString& title, const QString& sentence, const PlotTable& table) {
    QJsonArray rows;
    for (const QVariantList& row : table.rows) {
        QJsonArray cells;
        for (const QVariant& cell : row) cells.append(isNoValue(cell) ? QJsonValue() : QJsonValue::fromVariant(cell));
        rows.append(cells);
    }
    const QJsonObject object{{"title", title},
                             {"description", sentence},
                             {"columns", QJsonArray::fromStringList(table.columns)},
                             {"rows", rows}};
    return QJsonDocument(object).toJson();
}

void describeToAssistants(Plot& plot) {
    plot.plotWidget().setAccessibleName(plot.plotTitle());
    plot.plotWidget().setAccessibleDescription(plot.plotSentence());
}

}  // namespace f8net
