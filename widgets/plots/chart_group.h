// SPDX-License-Identifier: GPL-3.0-or-later
/// Charts over the same x axis: one crosshair through all of them, one x range for all.
/// Threads  UI thread.   Lifetime: charts may come and go.
#pragma once

#include <QObject>
#include <QPointer>
#include <optional>
#include <vector>

#include "widgets/plots/chart.h"

namespace f8net {

class ChartGroup final : public QObject {
    Q_OBJECT
public:
    explicit ChartGroup(QObject* parent = nullptr) : QObject(parent) {}

    void add(Chart* chart);
    void setCrosshair(std::optional<double> x);
    void setXZoom(std::optional<QCPRange> x);
    const std::optional<QCPRange>& xZoom() const { return m_xZoom; }
    /// All charts show all again.
    void resetZoom();

private:
    std::vector<QPointer<Chart>> m_charts;
    std::optional<QCPRange> m_xZoom;
};

}  // namespace f8net
