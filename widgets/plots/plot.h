// SPDX-License-Identifier: GPL-3.0-or-later
/// What every picture of numbers can say of itself besides showing it: name, one sentence made from the data, the
/// numbers as a table, a legend for those who see it outside the program, and itself on any paper. Export, clipboard,
/// the table behind the plot and its accessible description are made of this, alike for charts and for pictures
/// painted by hand.
/// Threads  UI thread; PlotTable is a value.
#pragma once

#include <QBrush>
#include <QPen>
#include <QSize>
#include <QString>
#include <QStringList>
#include <QVariant>
#include <vector>

class QCPPainter;
class QWidget;

namespace f8net {

/// Numbers behind a plot. Cells are double (NaN: no value), qlonglong, or text.
struct PlotTable {
    QStringList columns;  ///< with units
    std::vector<QVariantList> rows;
};

/// RFC 4180 with a head line; numbers with 9 digits and a point, no value is empty.
QString toCsv(const PlotTable& table);
/// The same, tab by tab, as spreadsheets take it from the clipboard; tabs and line ends in a cell become spaces.
QString toTabbedText(const PlotTable& table);
/// {"title", "description", "columns": [...], "rows": [[...]]}; no value is null.
QByteArray toJson(const QString& title, const QString& sentence, const PlotTable& table);

struct LegendEntry {
    QString text;
    QPen line = QPen(Qt::NoPen);  ///< a short piece of it is drawn
    QBrush fill = Qt::NoBrush;    ///< a swatch, where there is no line
};

class Plot {
public:
    virtual ~Plot() = default;
    virtual QWidget& plotWidget() = 0;
    virtual QString plotTitle() const = 0;     ///< translated, with the unit: "Top-1 error, test [%]"
    virtual QString plotSentence() const = 0;  ///< translated, from the data: "resnet18 ends at 6.96, ..."
    virtual PlotTable plotTable() const = 0;
    virtual std::vector<LegendEntry> plotLegend() const { return {}; }
    /// As on the screen, title included; nothing that follows the pointer. A QCPPainter is a QPainter.
    virtual void paintPlot(QCPPainter& painter, const QSize& size) = 0;
};

/// Puts name and sentence where assistive programs look; call after the data changed.
void describeToAssistants(Plot& plot);

}  // namespace f8net
