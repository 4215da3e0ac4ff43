// SPDX-License-Identifier: GPL-3.0-or-later
/// One chart of the Curves view: a metric of all shown runs, with the raw line faint behind the smoothed one, a disc at
/// the last value, a ring at the best, a dot where a run was resumed (over wall time with a gap).
/// Threads  UI thread; the lines are painted elsewhere (LineLayer).
#pragma once

#include <map>
#include <memory>

#include "core/base/units.h"
#include "widgets/curves/curve_data.h"
#include "widgets/plots/chart.h"
#include "widgets/plots/line_layer.h"

namespace f8net {

/// How a run is called and coloured.
struct RunLook {
    QString name;
    int colourIndex = 0;
};
using RunLooks = std::map<RunId, RunLook>;

class MetricChart final : public Chart {
    Q_OBJECT
public:
    explicit MetricChart(QWidget* parent = nullptr);

    /// Shows chart `index` of the set.
    void setCurves(std::shared_ptr<const CurveSet> set, size_t index, const RunLooks& looks);
    /// Lifts its line and fades the others; empty: none.
    void setHovered(const RunId& run);
    const CurveChart& chart() const { return m_set->charts[m_index]; }
    LineLayer& lines() const { return *m_lines; }

    QString plotSentence() const override;
    /// A row a point: run, x, value, smoothed; lines of more than 100,000 points in all reduced to 2,000 columns
    /// each, which its note says; plotRows() has all.
    PlotTable plotTable() const override;
    PlotRows plotRows() const override;
    std::vector<LegendEntry> plotLegend() const override;

protected:
    HoverTable hoverTable(double x) const override;
    void restyle() override;

private:
    void paintLines();
    void applyXAxis();
    QColor colorOf(const RunId& run) const;
    QString nameOf(const RunId& run) const;
    QStringList tableColumns() const;
    QString valueText(double value) const;
    QString xText(double x, double other) const;

    std::shared_ptr<const CurveSet> m_set;
    size_t m_index = 0;
    RunLooks m_looks;
    RunId m_hovered;
    LineLayer* m_lines;
};

}  // namespace f8net
