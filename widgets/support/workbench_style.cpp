// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/workbench_style.h"

#include <QAbstractScrollArea>
#include <QPainter>
#include <QStyleOption>

#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"

namespace f8net {

namespace {

constexpr double kRing = 2;
constexpr int kHeaderInset = 3;  // beside Fusion's margin
constexpr int kFrame = 2;        // of tables and text areas: as wide as the ring, which their contents would cover

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

QColor ringColor(const QPalette& palette) {
    const Colors& colors = colorsOf(palette);
    return colors.isDark ? blend(Qt::white, colors.accent, 0.3) : colors.accent;
}

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
            drawOutline(painter, option->rect, focus ? ringColor(option->palette) : colors.outline, focus ? kRing : 1,
                        3);
            return;
        }
        case PE_FrameFocusRect:
            drawOutline(painter, option->rect, ringColor(option->palette), kRing, 3);
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
            const QRectF rect(option->rect);
            if (const auto* area = qobject_cast<const QAbstractScrollArea*>(widget)) {
                // Between the line and the contents: their colour.
                const QWidget* inside = area->viewport();
                drawOutline(painter, rect, inside->palette().color(inside->backgroundRole()), kFrame, 2);
            }
            drawOutline(painter, rect, focus ? ringColor(option->palette) : colors.border, focus ? kRing : 1, 2);
            return;
        }
        default:
            break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

// Fusion hints at the focus of these by the colour of their edge, or draws the ring inside.
void WorkbenchStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                                 const QWidget* widget) const {
    if (element == CE_TabBarTabLabel && option->state & State_Selected && widget != nullptr && widget->hasFocus()) {
        QProxyStyle::drawControl(element, option, painter, widget);
        drawOutline(painter, option->rect.adjusted(3, 3, -3, -3), ringColor(option->palette), kRing, 3);
        return;
    }
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    if (element != CE_PushButton || button == nullptr || !(button->state & State_HasFocus))
        return QProxyStyle::drawControl(element, option, painter, widget);
    QStyleOptionButton plain(*button);
    plain.state &= ~State_HasFocus;
    QProxyStyle::drawControl(element, &plain, painter, widget);
    drawOutline(painter, option->rect, ringColor(option->palette), kRing, 3);
}

void WorkbenchStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                        const QWidget* widget) const {
    const auto drawWith = [&](auto plain) {
        plain.state &= ~State_HasFocus;
        QProxyStyle::drawComplexControl(control, &plain, painter, widget);
        drawOutline(painter, option->rect, ringColor(option->palette), kRing, 3);
    };
    if (option->state & State_HasFocus) {
        if (const auto* box = qstyleoption_cast<const QStyleOptionComboBox*>(option)) return drawWith(*box);
        if (const auto* box = qstyleoption_cast<const QStyleOptionSpinBox*>(option)) return drawWith(*box);
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option)) return drawWith(*button);
        const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
        if (control == CC_Slider && slider != nullptr) return drawWith(*slider);
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
    // What values are typed into or chosen from has the outline of a line edit.
    const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
    if ((spin != nullptr && spin->frame) || (combo != nullptr && combo->frame)) {
        const Colors& colors = colorsOf(option->palette);
        drawOutline(painter, option->rect, option->state & State_Enabled ? colors.outline : colors.border, 1, 3);
    }
}

int WorkbenchStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                              QStyleHintReturn* returnData) const {
    if (hint == SH_Slider_AbsoluteSetButtons) return Qt::LeftButton;  // a click goes there
    if (hint == SH_DialogButtonBox_ButtonsHaveIcons) return 0;
    return QProxyStyle::styleHint(hint, option, widget, returnData);
}

QRect WorkbenchStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const {
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option);
    // Titles stand above the texts of their cells.
    if (element == SE_HeaderLabel && header != nullptr && header->orientation == Qt::Horizontal)
        return rect.adjusted(kHeaderInset, 0, -kHeaderInset, 0);
    return rect;
}

QSize WorkbenchStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                       const QWidget* widget) const {
    QSize needed = QProxyStyle::sizeFromContents(type, option, size, widget);
    // Lines of lists are clicked; as high as their text they could hardly be.
    if (type == CT_HeaderSection) needed.rwidth() += 2 * kHeaderInset;
    if (type == CT_ItemViewItem) needed.setHeight(std::max(needed.height(), compactRowHeight(option->fontMetrics)));
    return needed;
}

int WorkbenchStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
        case PM_ToolBarIconSize:
        case PM_SmallIconSize:
        case PM_ButtonIconSize:
            return 16;
        case PM_DockWidgetSeparatorExtent:
            return 6;
        case PM_DefaultFrameWidth:
            if (qobject_cast<const QAbstractScrollArea*>(widget) != nullptr) return kFrame;
            return QProxyStyle::pixelMetric(metric, option, widget);
        default:
            return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

}  // namespace f8net
