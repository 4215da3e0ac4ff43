// SPDX-License-Identifier: GPL-3.0-or-later
/// Fusion with what it lacks: outlines of check boxes and line edits that can be seen in dark windows, and one focus
/// ring round whatever has the keyboard, 2 px of ringColor(): it contrasts at least 3:1 with what is there without it.
#pragma once

#include <QProxyStyle>

namespace f8net {

/// The accent, lighter in dark windows: Fusion's buttons have a light edge there.
QColor ringColor(const QPalette& palette);

class WorkbenchStyle final : public QProxyStyle {
    Q_OBJECT
public:
    WorkbenchStyle();
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* returnData) const override;
    QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
};

}  // namespace f8net
