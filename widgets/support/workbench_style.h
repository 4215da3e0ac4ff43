// SPDX-License-Identifier: GPL-3.0-or-later
/// Fusion with what it lacks: outlines of check boxes and line edits that can be seen in dark windows, a focus ring of
/// the accent, a 3 px accent edge on selected rows.
#pragma once

#include <QProxyStyle>

namespace f8net {

class WorkbenchStyle final : public QProxyStyle {
    Q_OBJECT
public:
    WorkbenchStyle();
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* returnData) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
};

}  // namespace f8net
