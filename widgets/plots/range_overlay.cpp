// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/range_overlay.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"

namespace f8net {

RangeOverlayItem::RangeOverlayItem(QCustomPlot* plot, Qt::Orientation along, Part part)
    : QCPAbstractItem(plot), m_along(along), m_part(part) {
    setSelectable(false);
    setClipToAxisRect(false);  // labels stand above it; what is drawn inside is clipped below
}

double RangeOverlayItem::pixel(double value, double ifInfinite) const {
    const QCPAxis* axis = m_along == Qt::Horizontal ? mParentPlot->xAxis : mParentPlot->yAxis;
    if (!std::isfinite(value)) return ifInfinite;
    if (axis->scaleType() == QCPAxis::stLogarithmic && value <= 0) return ifInfinite;
    return axis->coordToPixel(value);
}

void RangeOverlayItem::draw(QCPPainter* painter) {
    const QRect area = mParentPlot->axisRect()->rect();
    painter->save();
    painter->setClipRect(area, Qt::IntersectClip);
    for (const RangeOverlay& range : m_ranges) {
        const bool isX = m_along == Qt::Horizontal;
        const double low = pixel(range.lower, isX ? area.left() : area.bottom() + 1);
        const double high = pixel(range.upper, isX ? area.right() + 1 : area.top());
        if (m_part == Part::kFills) {
            const QRectF box = isX ? QRectF(low, area.top(), high - low, area.height())
                                   : QRectF(area.left(), high, area.width(), low - high);
            painter->fillRect(box, range.fill);
        } else if (range.edge.style() != Qt::NoPen) {
            painter->setAntialiasing(false);
            painter->setPen(range.edge);
            for (const double value : {range.lower, range.upper}) {
                if (!std::isfinite(value)) continue;
                const double at = pixel(value, -1);
                painter->drawLine(isX ? QLineF(at, area.top(), at, area.bottom())
                                      : QLineF(area.left(), at, area.right(), at));
                if (range.lower == range.upper) break;
            }
        }
    }
    painter->restore();
    if (m_part == Part::kEdges) drawLabels(painter);
}

int RangeOverlayItem::labelBand(const QFont& font) {
    return QFontMetrics(smallFont(font)).height() + 9;
}

void RangeOverlayItem::drawLabels(QCPPainter* painter) const {
    const Colors& colors = colorsOf(mParentPlot);
    const QRect area = mParentPlot->axisRect()->rect();
    const QFont small = smallFont(mParentPlot->font());
    painter->setFont(small);
    const QFontMetrics metrics(small);
    const int band = labelBand(mParentPlot->font());
    // By place, so that of two labels that would overlap the one further left stays.
    std::vector<std::pair<double, const RangeOverlay*>> labels;
    for (const RangeOverlay& range : m_ranges) {
        if (range.label.isEmpty()) continue;
        const bool isX = m_along == Qt::Horizontal;
        const double low =
            std::max(pixel(range.lower, isX ? area.left() : area.bottom()), isX ? double(area.left()) : -1e9);
        const double high =
            std::min(pixel(range.upper, isX ? area.right() : area.top()), isX ? double(area.right()) : 1e9);
        labels.push_back({(low + high) / 2, &range});
    }
    std::sort(labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    double end = -std::numeric_limits<double>::infinity();
    for (const auto& [at, range] : labels) {
        const int width = metrics.horizontalAdvance(range->label);
        QRectF box;
        if (m_along == Qt::Horizontal) {
            if (at < area.left() - 1 || at > area.right() + 1) continue;
            const double left =
                std::clamp(at - width / 2.0, double(area.left()), std::max<double>(area.left(), area.right() - width));
            if (left < end + 8) continue;
            end = left + width;
            box = QRectF(left, area.top() - band, width + 1, band);
        } else {
            if (at < area.top() || at > area.bottom() || at < end + 2) continue;
            end = at + metrics.height();
            box = QRectF(area.right() - width - 4, at - metrics.height() - 1, width + 1, metrics.height());
        }
        painter->setPen(range->edge.style() == Qt::NoPen ? colors.dim : range->edge.color());
        painter->drawText(box, Qt::AlignCenter, range->label);
    }
}

}  // namespace f8net
