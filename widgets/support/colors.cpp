// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/colors.h"

#include <QWidget>
#include <cmath>

namespace f8net {

namespace {

Colors makeLight() {
    Colors c;
    c.window = "#F3F4F6";
    c.base = "#FFFFFF";
    c.alternate = "#F8F9FB";
    c.text = "#1C2127";
    c.dim = "#5C6670";
    c.disabled = "#9AA3AD";
    c.border = "#D0D5DB";
    c.outline = "#7F8891";
    c.grid = "#E6E9ED";
    c.accent = "#1F6FD0";
    c.selectedRow = "#D3E4F9";
    c.gain = "#1A7F4B";
    c.warning = "#9A6700";
    c.trouble = "#C1352B";
    c.neutral = "#6B7480";
    c.inputs = "#1F6FD0";
    c.weights = "#C2570C";
    c.zeroed = "#C3C9D0";
    c.runs = {"#0F458C", "#872306", "#4CA664", "#CE70C2", "#804BD7", "#8B7900", "#007A89", "#905147"};
    c.fractionalLengths = {"#4F2306", "#8A430F", "#C0661A", "#EA9A3E", "#F8E2AE",
                           "#93CFC6", "#43A0AB", "#176C86", "#07395A"};
    c.troubleRamp = {"#F4F6F8", "#FBD9C3", "#F2A37A", "#D9592B", "#8C1D18"};
    c.differences = {"#0B5FA5", "#7FB2DB", "#F4F6F8", "#F0A868", "#B34700"};
    return c;
}

Colors makeDark() {
    Colors c;
    c.isDark = true;
    c.window = "#25282D";
    c.base = "#1B1D21";
    c.alternate = "#202328";
    c.text = "#E4E7EB";
    c.dim = "#9AA4AF";
    c.disabled = "#6B7480";
    c.border = "#3A3F46";
    c.outline = "#6E7782";
    c.grid = "#2D3137";
    c.accent = "#5AA2F5";
    c.selectedRow = "#2A4365";
    c.gain = "#4CC38A";
    c.warning = "#E0B040";
    c.trouble = "#F2746B";
    c.neutral = "#8B95A1";
    c.inputs = "#72AAF9";
    c.weights = "#F39445";
    c.zeroed = "#4A515A";
    c.runs = {"#72AAF9", "#F39445", "#2AF7CF", "#BA68A5", "#8A6DFA", "#E2D664", "#91CCF1", "#F6474A"};
    c.fractionalLengths = {"#FFE0B0", "#F7B35F", "#D9822B", "#A85A17", "#4A3B2E",
                           "#24656F", "#2E8F9E", "#63BECD", "#B5ECF2"};
    c.troubleRamp = {"#2A2E34", "#5B3A2A", "#A04A24", "#E2683A", "#FFC9A3"};
    c.differences = {"#7FC4FF", "#2F6DA3", "#2A2E34", "#A8601F", "#FFB673"};
    return c;
}

double luminance(const QColor& color) {
    const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

}  // namespace

const Colors& lightColors() {
    static const Colors colors = makeLight();
    return colors;
}

const Colors& darkColors() {
    static const Colors colors = makeDark();
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
