// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/curve_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace f8net {
namespace {

const double kNan = std::nan("");

TEST(SmoothDebiased, AConstantStaysFromTheFirstValue) {
    for (const double v : smoothDebiased({5, 5, 5, 5}, 0.9))
        EXPECT_NEAR(v, 5, 1e-12);  // plain smoothing would start at 0.5
}

TEST(SmoothDebiased, WeighsAsTheFormulaSays) {
    const QVector<double> s = smoothDebiased({1, 3}, 0.5);
    EXPECT_NEAR(s[1], (0.5 * 1 + 3) / 1.5, 1e-12);
    EXPECT_EQ(smoothDebiased({1, 3, 2}, 0), (QVector<double>{1, 3, 2}));
}

TEST(SmoothDebiased, LeavesNanInItsPlace) {
    const QVector<double> s = smoothDebiased({2, kNan, 2}, 0.8);
    EXPECT_TRUE(std::isnan(s[1]));
    EXPECT_NEAR(s[2], 2, 1e-12);
}

TEST(ValueRange, LeavesAMarginAlsoAroundOneValue) {
    ValueRange range;
    range.include(kNan);
    EXPECT_TRUE(range.isEmpty);
    range.include(3);
    const auto [lower, upper] = range.withMargin(0.02, false);
    EXPECT_LT(lower, 3);
    EXPECT_GT(upper, 3);
    range.include(5);
    EXPECT_NEAR(range.withMargin(0.5, false).first, 2, 1e-12);
    EXPECT_NEAR(range.withMargin(0.5, false).second, 6, 1e-12);
}

TEST(Percentile, LeavesOutWhatIsNotFinite) {
    QVector<double> values{kNan, 4, 1, std::numeric_limits<double>::infinity(), 3, 2, 5};
    EXPECT_EQ(percentile(values, 0.5), 3);
    QVector<double> nothing{kNan};
    EXPECT_TRUE(std::isnan(percentile(nothing, 0.5)));
}

}  // namespace
}  // namespace f8net
