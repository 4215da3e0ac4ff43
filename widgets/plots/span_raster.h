// SPDX-License-Identifier: GPL-3.0-or-later
/// Draws many or dense lines straight into pixels: of each column of pixels the span from the lowest to the highest
/// that a line has there, in the time of points and pixels, away from the UI thread. Not anti-aliased: right for noise,
/// and for more lines than can be told apart.
/// Threads  pure.
#pragma once

#include <QColor>
#include <QImage>
#include <memory>
#include <vector>

#include "widgets/plots/long_line.h"

namespace f8net {

/// What part of the plane a picture shows.
struct PlotView {
    double xLower = 0, xUpper = 1, yLower = 0, yUpper = 1;
    bool isLogY = false;  ///< yLower positive then; values that are not, are gaps
    QSize pixels;         ///< of the device
    bool operator==(const PlotView&) const = default;
};

struct SpanLine {
    std::shared_ptr<const LongLine> line;
    QRgb color = 0;     ///< opaque
    int thickness = 1;  ///< device pixels
};

/// Later lines lie over earlier ones; the rest is transparent. ARGB32_Premultiplied.
QImage rasterize(const std::vector<SpanLine>& lines, const PlotView& view);

}  // namespace f8net
