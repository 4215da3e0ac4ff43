// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/focus_ring.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOptionFocusRect>
#include <QWidget>

namespace f8net {

void paintFocusRing(QPainter& painter, const QWidget& widget) {
    if (!widget.hasFocus()) return;
    QStyleOptionFocusRect option;
    option.initFrom(&widget);
    painter.save();
    painter.resetTransform();
    widget.style()->drawPrimitive(QStyle::PE_FrameFocusRect, &option, &painter, &widget);
    painter.restore();
}

}  // namespace f8net
