// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/code_ruler.h"

#include <cmath>

namespace f8net {

namespace {
constexpr double kRoomForStep = 4;  // pixels between two codes
}

CodeRuler::CodeRuler(QCustomPlot* plot, const QCPAxis* codes) : QCPAbstractItem(plot), m_codes(codes) {
    setClipToAxisRect(false);
    setSelectable(false);
}

void CodeRuler::setColors(const QColor& names, const QColor& ticks) {
    m_names = names;
    m_ticks = ticks;
}

void CodeRuler::drawName(QCPPainter* painter, const QCPAxis* axis, const QString& name) const {
    const QFontMetricsF metrics(axis->tickLabelFont());
    const QRect area = mParentPlot->axisRect()->rect();
    painter->setFont(axis->tickLabelFont());
    painter->setPen(m_names);
    painter->drawText(QPointF(area.left() - metrics.height() - metrics.horizontalAdvance(name),
                              area.bottom() + axis->offset() + 6 + metrics.ascent()),
                      name);
}

void CodeRuler::draw(QCPPainter* painter) {
    const QCPAxis* axis = mParentPlot->xAxis;
    drawName(painter, axis, tr("value"));
    if (m_step <= 0) return;
    drawName(painter, m_codes, tr("code"));
    if (axis->coordToPixel(m_step) - axis->coordToPixel(0) < kRoomForStep) return;
    painter->setAntialiasing(false);
    painter->setPen(QPen(m_ticks, 1));
    const int bottom = mParentPlot->axisRect()->rect().bottom();
    const QCPRange range = axis->range();
    for (double code = std::ceil(range.lower / m_step); code * m_step <= range.upper; ++code) {
        const double x = std::round(axis->coordToPixel(code * m_step));
        painter->drawLine(QPointF(x, bottom), QPointF(x, bottom - 3));
    }
}

}  // namespace f8net
