// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/workbench_style.h"

#include <QPainter>
#include <QStyleOption>

#include "widgets/support/colors.h"

namespace f8net {

namespace {

void drawOutline(QPainter* painter, const QRectF& rect, const QColor& color, double width, double radius) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, width));
    painter->setBrush(Qt::NoBrush);
    const double inset = width / 2;
    painter->drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius);
    painter->restore();
}

void drawCheckBox(const QStyleOption* option, QPainter* painter) {
    const Colors& colors = colorsOf(option->palette);
    const bool enabled = option->state & QStyle::State_Enabled;
    const bool on = option->state & (QStyle::State_On | QStyle::State_NoChange);
    const double side = std::min({option->rect.width(), option->rect.height(), 14});
    QRectF box(0, 0, side, side);
    box.moveCenter(QRectF(option->rect).center());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QColor edge = !enabled                                         ? colors.disabled
                        : (on || option->state & QStyle::State_HasFocus) ? colors.accent
                                                                         : colors.outline;
    painter->setPen(QPen(edge, 1));
    painter->setBrush(on && enabled ? colors.accent : colors.base);
    painter->drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    if (on) {
        painter->setPen(
            QPen(enabled ? textOn(colors.accent) : colors.disabled, 1.75, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->translate(box.topLeft());
        painter->scale(side / 14, side / 14);
        if (option->state & QStyle::State_NoChange) {
            painter->drawLine(QPointF(4, 7), QPointF(10, 7));
        } else {
            painter->drawPolyline(QPolygonF({{3.6, 7.2}, {6.1, 9.7}, {10.4, 4.6}}));
        }
    }
    painter->restore();
}

}  // namespace

WorkbenchStyle::WorkbenchStyle() : QProxyStyle("Fusion") {}

void WorkbenchStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                   const QWidget* widget) const {
    switch (element) {
        case PE_IndicatorCheckBox:
        case PE_IndicatorItemViewItemCheck:
            drawCheckBox(option, painter);
            return;
        case PE_FrameLineEdit: {
            const Colors& colors = colorsOf(option->palette);
            const bool focus = option->state & State_HasFocus;
            drawOutline(painter, option->rect, focus ? colors.accent : colors.outline, focus ? 1.6 : 1, 3);
            return;
        }
        case PE_FrameFocusRect:
            drawOutline(painter, option->rect, colorsOf(option->palette).accent, 1.6, 3);
            return;
        case PE_IndicatorArrowDown: {
            // Of a tool button with a menu: Fusion puts it below the text's baseline, in the corner.
            const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
            if (button == nullptr || widget == nullptr) break;
            QStyleOptionToolButton centred(*button);
            centred.rect.moveTop(widget->rect().center().y() - centred.rect.height() / 2);
            QProxyStyle::drawPrimitive(element, &centred, painter, widget);
            return;
        }
        case PE_Frame: {
            // Tables and text areas: a quiet line, the accent where the keyboard is.
            const Colors& colors = colorsOf(option->palette);
            const bool focus = option->state & State_HasFocus;
            drawOutline(painter, option->rect, focus ? colors.accent : colors.border, focus ? 1.6 : 1, 2);
            return;
        }
        default:
            break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

int WorkbenchStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                              QStyleHintReturn* returnData) const {
    if (hint == SH_Slider_AbsoluteSetButtons) return Qt::LeftButton;  // a click goes there
    if (hint == SH_DialogButtonBox_ButtonsHaveIcons) return 0;
    return QProxyStyle::styleHint(hint, option, widget, returnData);
}

int WorkbenchStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
        case PM_ToolBarIconSize:
        case PM_SmallIconSize:
        case PM_ButtonIconSize:
            return 16;
        case PM_DockWidgetSeparatorExtent:
            return 6;
        default:
            return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

}  // namespace f8net
