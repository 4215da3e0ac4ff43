// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QWidget>
#include <cmath>

namespace f8net {

namespace {

bool isNoValue(const QVariant& cell) {
    return !cell.isValid() || (cell.userType() == QMetaType::Double && !std::isfinite(cell.toDouble()));
}

QString csvCell(const QVariant& cell) {
    if (isNoValue(cell)) return {};
    if (cell.userType() == QMetaType::Double) return QString::number(cell.toDouble(), 'g', 9);
    const QString text = cell.toString();
    if (!text.contains('"') && !text.contains(',') && !text.contains('\n') && !text.contains('\r')) return text;
    return '"' + QString(text).replace('"', "\"\"") + '"';
}

}  // namespace

QString toCsv(const PlotTable& table) {
    QString csv;
    const auto append = [&csv](const auto& cells) {
        bool isFirst = true;
        for (const auto& cell : cells) {
            if (!isFirst) csv += ',';
            csv += csvCell(cell);
            isFirst = false;
        }
        csv += '\n';
    };
    append(table.columns);
    for (const QVariantList& row : table.rows) append(row);
    return csv;
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
