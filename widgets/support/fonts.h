// SPDX-License-Identifier: GPL-3.0-or-later
/// Sizes of type, made from the desktop's font: two weights, three sizes; and of rows that hold it.
#pragma once

#include <QFont>
#include <QFontMetrics>
#include <algorithm>

namespace f8net {

/// For tick labels, legends and captions: a point less, never under 8.
inline QFont smallFont(QFont font) {
    font.setPointSizeF(std::max(8.0, font.pointSizeF() - 1));
    return font;
}

inline QFont boldFont(QFont font) {
    font.setBold(true);
    return font;
}

/// Of tables and lists one chooses from, and of tables whose many rows are compared.
inline int rowHeight(const QFontMetrics& metrics) {
    return std::max(28, metrics.height() + 12);
}
inline int compactRowHeight(const QFontMetrics& metrics) {
    return std::max(22, metrics.height() + 6);
}

/// Of a table, so that a text like `sample` and a margin on both sides fit.
inline int columnWidth(const QFontMetrics& metrics, const QString& sample) {
    return metrics.horizontalAdvance(sample) + 16;
}

}  // namespace f8net
