// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot.h"

#include <QBuffer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QWidget>
#include <cmath>
#include <memory>

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

template <typename Cells, typename ToText>
QString lineOf(const Cells& cells, QChar between, ToText toText) {
    QStringList parts;
    for (const auto& cell : cells) parts << toText(cell);
    return parts.join(between) + '\n';
}

QByteArray jsonArray(const QVariantList& cells) {
    QJsonArray array;
    for (const QVariant& cell : cells) array.append(isNoValue(cell) ? QJsonValue() : QJsonValue::fromVariant(cell));
    return QJsonDocument(array).toJson(QJsonDocument::Compact);
}

QByteArray jsonText(const QString& text) {
    const QByteArray array = jsonArray({text});
    return array.mid(1, array.size() - 2);
}

bool put(QIODevice& to, const QByteArray& bytes) {
    return to.write(bytes) == bytes.size();
}

}  // namespace

PlotRows rowsOf(PlotTable table) {
    const auto held = std::make_shared<const PlotTable>(std::move(table));
    return {held->columns, static_cast<qsizetype>(held->rows.size()), [held](const PlotRows::Take& take) {
                for (const QVariantList& row : held->rows) {
                    if (!take(row)) return false;
                }
                return true;
            }};
}

bool writeCsv(const PlotRows& rows, QIODevice& to, const std::function<bool(qsizetype)>& goesOn) {
    qsizetype written = 0;
    return put(to, lineOf(rows.columns, ',', csvCell).toUtf8()) && rows.walk([&](const QVariantList& row) {
        return put(to, lineOf(row, ',', csvCell).toUtf8()) && (!goesOn || goesOn(++written));
    });
}

bool writeJson(const QString& title, const QString& sentence, const PlotRows& rows, QIODevice& to,
               const std::function<bool(qsizetype)>& goesOn) {
    const QByteArray columns = jsonArray(QVariantList(rows.columns.begin(), rows.columns.end()));
    qsizetype written = 0;
    return put(to, "{\n\"title\": " + jsonText(title) + ",\n\"description\": " + jsonText(sentence) +
                       ",\n\"columns\": " + columns + ",\n\"rows\": [") &&
           rows.walk([&](const QVariantList& row) {
               return put(to, (written++ > 0 ? ",\n" : "\n") + jsonArray(row)) && (!goesOn || goesOn(written));
           }) &&
           put(to, "\n]\n}\n");
}

QString toCsv(const PlotTable& table) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    writeCsv(rowsOf(table), buffer);
    return QString::fromUtf8(buffer.data());
}

QString toTabbedText(const PlotTable& table) {
    QString text = lineOf(table.columns, '\t', tabbedCell);
    for (const QVariantList& row : table.rows) text += lineOf(row, '\t', tabbedCell);
    return text;
}

QSize Plot::plotSize() {
    return plotWidget().size();
}

void describeToAssistants(Plot& plot) {
    plot.plotWidget().setAccessibleName(plot.plotTitle());
    plot.plotWidget().setAccessibleDescription(plot.plotSentence());
}

}  // namespace f8net
