// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/colors.h"

#include <QWidget>
#include <algorithm>
#include <cmath>

#include "core/figure/palette.h"

namespace f8net {

namespace {

QColor colorOf(palette::Color color) {
    return QColor(QLatin1StringView(color.data(), static_cast<qsizetype>(color.size())));
}

template <size_t Count>
std::array<QColor, Count> colorsFrom(const std::array<palette::Color, Count>& from) {
    std::array<QColor, Count> colors;
    std::transform(from.begin(), from.end(), colors.begin(), colorOf);
    return colors;
}

Colors make(const palette::Palette& from, bool isDark) {
    Colors c;
    c.isDark = isDark;
    c.window = colorOf(from.window);
    c.base = colorOf(from.base);
    c.alternate = colorOf(from.alternate);
    c.text = colorOf(from.text);
    c.dim = colorOf(from.dim);
    c.disabled = colorOf(from.disabled);
    c.border = colorOf(from.border);
    c.outline = colorOf(from.outline);
    c.grid = colorOf(from.grid);
    c.accent = colorOf(from.accent);
    c.selectedRow = colorOf(from.selected_row);
    c.gain = colorOf(from.gain);
    c.warning = colorOf(from.warning);
    c.trouble = colorOf(from.trouble);
    c.neutral = colorOf(from.neutral);
    c.inputs = colorOf(from.inputs);
    c.weights = colorOf(from.weights);
    c.zeroed = colorOf(from.zeroed);
    c.runs = colorsFrom(from.series);
    c.fractionalLengths = colorsFrom(from.fractional_lengths);
    c.troubleRamp = colorsFrom(from.trouble_ramp);
    c.differences = colorsFrom(from.differences);
    return c;
}

double luminance(const QColor& color) {
    const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

}  // namespace

const Colors& lightColors() {
    static const Colors colors = make(palette::kLight, false);
    return colors;
}

const Colors& darkColors() {
    static const Colors colors = make(palette::kDark, true);
    return colors;
}

const Colors& colorsOf(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < 128 ? darkColors() : lightColors();
}

const Colors& colorsOf(const QWidget* widget) {
    return colorsOf(widget->palette());
}

QPalette paletteOf(const Colors& c) {
    QPalette p;
    p.setColor(QPalette::Window, c.window);
    p.setColor(QPalette::Base, c.base);
    p.setColor(QPalette::AlternateBase, c.alternate);
    p.setColor(QPalette::Text, c.text);
    p.setColor(QPalette::WindowText, c.text);
    p.setColor(QPalette::ButtonText, c.text);
    p.setColor(QPalette::Button, c.isDark ? QColor("#30343A") : QColor("#F8F9FB"));
    p.setColor(QPalette::Light, c.isDark ? QColor("#3A3F46") : QColor("#FFFFFF"));
    p.setColor(QPalette::Midlight, blend(c.border, c.window, 0.5));
    p.setColor(QPalette::Mid, c.border);
    p.setColor(QPalette::Dark, c.isDark ? QColor("#15171A") : QColor("#AEB5BD"));
    p.setColor(QPalette::Shadow, c.isDark ? QColor("#000000") : QColor("#7F8891"));
    p.setColor(QPalette::BrightText, c.trouble);
    p.setColor(QPalette::ToolTipBase, c.alternate);
    p.setColor(QPalette::ToolTipText, c.text);
    p.setColor(QPalette::PlaceholderText, c.dim);
    p.setColor(QPalette::Highlight, c.accent);
    p.setColor(QPalette::HighlightedText, textOn(c.accent));
    p.setColor(QPalette::Link, c.accent);
    p.setColor(QPalette::LinkVisited, c.accent);
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText}) {
        p.setColor(QPalette::Disabled, role, c.disabled);
    }
    p.setColor(QPalette::Disabled, QPalette::Highlight, c.border);
    p.setColor(QPalette::Disabled, QPalette::HighlightedText, c.dim);
    return p;
}

QColor runColor(const Colors& colors, int colourIndex) {
    const int count = static_cast<int>(colors.runs.size());
    return colors.runs[static_cast<size_t>((colourIndex % count + count) % count)];
}

QPen runPen(const Colors& colors, int colourIndex, double width) {
    QPen pen(runColor(colors, colourIndex), width);
    const int round = colourIndex / static_cast<int>(colors.runs.size()) % 3;
    if (round == 1) pen.setDashPattern({6, 3});
    if (round == 2) pen.setDashPattern({1.5, 2.5});
    return pen;
}

QColor fractionalLengthColor(const Colors& colors, int fractionalLength) {
    return colors.fractionalLengths[static_cast<size_t>(std::clamp(fractionalLength, 0, 8))];
}

double contrast(const QColor& a, const QColor& b) {
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QColor textOn(const QColor& background) {
    return contrast(Qt::black, background) >= contrast(Qt::white, background) ? QColor(Qt::black) : QColor(Qt::white);
}

QColor blend(const QColor& over, const QColor& under, double share) {
    const auto mix = [share](double a, double b) { return share * a + (1 - share) * b; };
    return QColor::fromRgbF(static_cast<float>(mix(over.redF(), under.redF())),
                            static_cast<float>(mix(over.greenF(), under.greenF())),
                            static_cast<float>(mix(over.blueF(), under.blueF())));
}

}  // namespace f8net
