// SPDX-License-Identifier: GPL-3.0-or-later
/// Ranges and limits drawn into a chart along one axis: what a format can represent, where it saturates, thresholds.
/// Fills lie behind the data, limits above them; labels stand in a band above the plot, where they cover nothing.
/// Threads  UI thread.
#pragma once

#include <QBrush>
#include <QPen>
#include <QString>
#include <vector>

#include "widgets/support/qcustomplot.h"

namespace f8net {

struct RangeOverlay {
    double lower = 0, upper = 0;  ///< equal: a limit, one line; infinite: to the end of the plot
    QBrush fill = Qt::NoBrush;
    QPen edge = QPen(Qt::NoPen);
    QString label;
};

/// Draws either the fills or the edges and labels, so that data come between. Made by Chart.
class RangeOverlayItem final : public QCPAbstractItem {
    Q_OBJECT
public:
    enum class Part { kFills, kEdges };
    /// Height of what labels along x take above the plot.
    static int labelBand(const QFont& font);

    /// `along`: Qt::Horizontal for ranges of x.
    RangeOverlayItem(QCustomPlot* plot, Qt::Orientation along, Part part);
    void setRanges(std::vector<RangeOverlay> ranges) { m_ranges = std::move(ranges); }
    const std::vector<RangeOverlay>& ranges() const { return m_ranges; }

    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    void drawLabels(QCPPainter* painter) const;
    double pixel(double value, double ifInfinite) const;

    Qt::Orientation m_along;
    Part m_part;
    std::vector<RangeOverlay> m_ranges;
};

}  // namespace f8net
