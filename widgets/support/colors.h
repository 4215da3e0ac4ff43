// SPDX-License-Identifier: GPL-3.0-or-later
/// The colours of the workbench by role, light and dark; views ask for the set that belongs to their palette.
/// From core/figure/palette.h, as pictures and reports have them.   Threads  constant after first use.
#pragma once

#include <QColor>
#include <QPalette>
#include <QPen>
#include <array>

class QWidget;

namespace f8net {

struct Colors {
    bool isDark = false;
    QColor window, base, alternate, text, dim, disabled, border, outline, grid;
    QColor accent;       ///< focus, running, edge of a selection
    QColor selectedRow;  ///< text keeps its colour on it, dim becomes text
    QColor gain;         ///< finished, better
    QColor warning;      ///< warning, crashed
    QColor trouble;      ///< failed, clipped, differs; never decoration
    QColor neutral;      ///< queued, stopped
    QColor inputs, weights;
    QColor zeroed;  ///< set to zero by the ReLU: harmless
    std::array<QColor, 8> runs;
    std::array<QColor, 9> fractionalLengths;  ///< index = fractional length; warm wide range, cool fine step
    std::array<QColor, 5> troubleRamp;        ///< from harmless to bad
    std::array<QColor, 5> differences;        ///< from baseline higher to baseline lower, middle none
};

const Colors& lightColors();
const Colors& darkColors();
/// By the lightness of the palette's window.
const Colors& colorsOf(const QPalette& palette);
const Colors& colorsOf(const QWidget* widget);
QPalette paletteOf(const Colors& colors);

/// A run's colour in this theme; the index is stored with the run, so both themes show "the same" one.
QColor runColor(const Colors& colors, int colourIndex);
/// Solid for the first eight runs, then dashed, then dotted: colour is never the only sign.
QPen runPen(const Colors& colors, int colourIndex, double width);
/// Out of 0..8: the end colour (the number is written beside it).
QColor fractionalLengthColor(const Colors& colors, int fractionalLength);

/// WCAG 2 contrast, 1 to 21.
double contrast(const QColor& a, const QColor& b);
/// Black or white, whichever is easier to read on `background`.
QColor textOn(const QColor& background);
/// `share` of `over` on `under`: an opaque colour, so that overlaps do not darken.
QColor blend(const QColor& over, const QColor& under, double share);

}  // namespace f8net
