// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/colors.h"

#include <gtest/gtest.h>

#include <set>

namespace f8net {
namespace {

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
