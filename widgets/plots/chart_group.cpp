// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/chart_group.h"

#include <algorithm>

namespace f8net {

void ChartGroup::add(Chart* chart) {
    m_charts.erase(std::remove(m_charts.begin(), m_charts.end(), nullptr), m_charts.end());
    m_charts.push_back(chart);
    chart->setXZoom(m_xZoom);
    connect(chart, &Chart::crosshairMoved, this, &ChartGroup::setCrosshair);
    connect(chart, &Chart::xZoomed, this, &ChartGroup::setXZoom);
}

void ChartGroup::setCrosshair(std::optional<double> x) {
    for (const QPointer<Chart>& chart : m_charts) {
        if (chart) chart->setCrosshair(x);
    }
}

void ChartGroup::setXZoom(std::optional<QCPRange> x) {
    m_xZoom = x;
    for (const QPointer<Chart>& chart : m_charts) {
        if (chart) chart->setXZoom(x);
    }
}

void ChartGroup::resetZoom() {
    m_xZoom.reset();
    for (const QPointer<Chart>& chart : m_charts) {
        if (chart) chart->resetZoom();
    }
}

}  // namespace f8net
