// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/colors.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace f8net {
namespace {

/// In OKLab (Ottosson 2020), where equal distances look equally large; black and white are 1 apart.
double distance(const QColor& a, const QColor& b) {
    const auto lab = [](const QColor& color) {
        const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
        const double red = linear(color.redF()), green = linear(color.greenF()), blue = linear(color.blueF());
        const double l = std::cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
        const double m = std::cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
        const double s = std::cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
        return std::array{0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
                          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
    };
    const auto x = lab(a), y = lab(b);
    return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

class Palette : public testing::TestWithParam<bool> {
protected:
    const Colors& colors() const { return GetParam() ? darkColors() : lightColors(); }
};
INSTANTIATE_TEST_SUITE_P(LightAndDark, Palette, testing::Bool());

TEST_P(Palette, TextCanBeReadOnEverySurface) {
    const Colors& c = colors();
    for (const QColor& surface : {c.window, c.base, c.alternate, c.selectedRow})
        EXPECT_GE(contrast(c.text, surface), 4.5);
    for (const QColor& surface : {c.window, c.base, c.alternate}) EXPECT_GE(contrast(c.dim, surface), 4.5);
    for (const QColor& state : {c.gain, c.warning, c.trouble, c.neutral}) EXPECT_GE(contrast(state, c.base), 4.5);
}

TEST_P(Palette, ControlsAndLinesCanBeSeen) {
    const Colors& c = colors();
    for (const QColor& mark : {c.outline, c.accent, c.inputs, c.weights}) EXPECT_GE(contrast(mark, c.base), 3.0);
    for (const QColor& run : c.runs)
        EXPECT_GE(contrast(run, c.base), GetParam() ? 4.5 : 3.0) << run.name().toStdString();
}

TEST_P(Palette, NumbersOnFractionalLengthsCanBeRead) {
    for (const QColor& fill : colors().fractionalLengths)
        EXPECT_GE(contrast(textOn(fill), fill), 4.5) << fill.name().toStdString();
}

/// The lengths in the middle are the commonest: they must not look as if there were nothing.
TEST_P(Palette, FractionalLengthsStandOutFromTheBackgroundAndFromTheirNeighbours) {
    const Colors& c = colors();
    for (size_t length = 0; length < c.fractionalLengths.size(); ++length) {
        const QColor& fill = c.fractionalLengths[length];
        EXPECT_GE(contrast(fill, c.base), GetParam() ? 3.0 : 1.5) << length << " " << fill.name().toStdString();
        if (length == 0) continue;
        EXPECT_GE(distance(fill, c.fractionalLengths[length - 1]), 0.1) << length;
    }
}

TEST_P(Palette, IsRecognizedFromThePaletteMadeOfIt) {
    EXPECT_EQ(&colorsOf(paletteOf(colors())), &colors());
}

TEST_P(Palette, RunsAfterTheEighthAreDashed) {
    EXPECT_EQ(runPen(colors(), 0, 1).style(), Qt::SolidLine);
    EXPECT_NE(runPen(colors(), 8, 1).dashPattern(), runPen(colors(), 16, 1).dashPattern());
    EXPECT_EQ(runPen(colors(), 8, 1).color(), runPen(colors(), 0, 1).color());
    EXPECT_EQ(runColor(colors(), -1), colors().runs[7]);
}

TEST(Contrast, IsThatOfBlackOnWhite) {
    EXPECT_NEAR(contrast(Qt::black, Qt::white), 21.0, 1e-6);
    EXPECT_NEAR(contrast(Qt::white, Qt::white), 1.0, 1e-6);
}

}  // namespace
}  // namespace f8net
