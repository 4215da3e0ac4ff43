// SPDX-License-Identifier: GPL-3.0-or-later
/// A chart of three points, for tests of what all charts do.
#pragma once

#include <cmath>

#include "widgets/plots/chart.h"

namespace f8net {

class SampleChart final : public Chart {
public:
    SampleChart() {
        resize(400, 240);
        setTitle("Sample [%]");
        addGraph()->setData({0, 1, 2}, {4, 5, 6}, true);
        graph(0)->setPen(QPen(lineColor(), 2));
        setHome({0, 2}, {3, 7});
        describeToAssistants(*this);
    }
    static QColor lineColor() { return {200, 20, 120}; }

    QString plotSentence() const override { return "the line ends at 6"; }
    PlotTable plotTable() const override { return {{"x", "y"}, {{0.0, 4.0}, {1.0, 5.0}, {2.0, 6.0}}}; }
    std::vector<LegendEntry> plotLegend() const override { return legend; }

    std::vector<LegendEntry> legend{{"the line", QPen(lineColor(), 2)}};
    int restyled = 0;

protected:
    HoverTable hoverTable(double x) const override {
        return {QString::number(x), {{lineColor(), "5", "the line", yAxis->coordToPixel(5)}}};
    }
    void restyle() override { ++restyled; }
};

}  // namespace f8net
