// SPDX-License-Identifier: GPL-3.0-or-later
/// What every picture of numbers can say of itself besides showing it: name, one sentence made from the data, the
/// numbers as a table, a legend for those who see it outside the program, and itself on any paper. Export, clipboard,
/// the table behind the plot and its accessible description are made of this, alike for charts and for pictures
/// painted by hand.
/// Threads  UI thread; PlotTable and PlotRows are values.
#pragma once

#include <QBrush>
#include <QPen>
#include <QSize>
#include <QString>
#include <QStringList>
#include <QVariant>
#include <functional>
#include <vector>

class QCPPainter;
class QIODevice;
class QWidget;

namespace f8net {

/// Numbers behind a plot, as many as can be looked at. Cells are double (NaN: no value), qlonglong, or text.
struct PlotTable {
    QStringList columns;  ///< with units
    std::vector<QVariantList> rows;
    QString note = {};  ///< which of the numbers are not in it; empty: it has all
};

/// All numbers behind a plot, row by row, however many there are: outlives the plot and may be walked on any thread.
struct PlotRows {
    QStringList columns;
    qsizetype count = 0;
    using Take = std::function<bool(const QVariantList& row)>;
    /// Until `take` says no; false then.
    std::function<bool(const Take& take)> walk;
};
PlotRows rowsOf(PlotTable table);

/// RFC 4180 with a head line; numbers with 9 digits and a point, no value is empty. False where `goesOn`,
/// which is asked with the number of rows written, said no, or where the device did not take them.
bool writeCsv(const PlotRows& rows, QIODevice& to, const std::function<bool(qsizetype)>& goesOn = {});
/// {"title", "description", "columns": [...], "rows": [[...]]}, a row a line; no value is null. False as above.
bool writeJson(const QString& title, const QString& sentence, const PlotRows& rows, QIODevice& to,
               const std::function<bool(qsizetype)>& goesOn = {});
QString toCsv(const PlotTable& table);
/// The same, tab by tab, as spreadsheets take it from the clipboard; tabs and line ends in a cell become spaces.
QString toTabbedText(const PlotTable& table);

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
    /// What is exported: all of plotTable() where that leaves nothing out.
    virtual PlotRows plotRows() const { return rowsOf(plotTable()); }
    virtual std::vector<LegendEntry> plotLegend() const { return {}; }
    /// Of the picture that is exported: that of the widget where it does not say otherwise.
    virtual QSize plotSize();
    /// As on the screen, title included; nothing that follows the pointer. A QCPPainter is a QPainter.
    virtual void paintPlot(QCPPainter& painter, const QSize& size) = 0;
};

/// Puts name and sentence where assistive programs look; call after the data changed.
void describeToAssistants(Plot& plot);

}  // namespace f8net
