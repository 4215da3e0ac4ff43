// SPDX-License-Identifier: GPL-3.0-or-later
/// Sizes of type, made from the desktop's font: two weights, three sizes.
#pragma once

#include <QFont>
#include <algorithm>

namespace f8net {

/// For tick labels, legends and captions: a point less, never under 8.
inline QFont smallFont(QFont font) {
    font.setPointSizeF(std::max(8.0, font.pointSizeF() - 1));
    return font;
}

}  // namespace f8net
