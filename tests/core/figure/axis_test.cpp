// SPDX-License-Identifier: Apache-2.0
#include "core/figure/axis.h"

#include <gtest/gtest.h>

#include <cmath>

namespace f8net {
namespace {

std::string labels(const Axis& axis, int count) {
    std::string text;
    for (const Tick& tick : axis.ticks(count)) {
        if (!tick.label.empty()) text += tick.label + " ";
    }
    return text;
}

TEST(Axis, LinearTicksAreRoundAndInside) {
    EXPECT_EQ(labels({"", AxisScale::kLinear, 0, 1, {}, 1}, 5), "0.0 0.2 0.4 0.6 0.8 1.0 ");
    EXPECT_EQ(labels({"", AxisScale::kLinear, -0.3, 0.3, {}, 1}, 6), "\u22120.3 \u22120.2 \u22120.1 0.0 0.1 0.2 0.3 ");
    EXPECT_EQ(labels({"", AxisScale::kLinear, 3, 1234, {}, 1}, 4), "500 1000 ");
    EXPECT_EQ(labels({"", AxisScale::kLinear, 0, 0.004, {}, 1}, 4), "0.000 0.001 0.002 0.003 0.004 ");
}

TEST(Axis, LogarithmicTicksArePowersOfTenWithMinorOnesBetween) {
    const Axis axis{"", AxisScale::kLogarithmic, 1e-3, 1e3, {}, 1};
    EXPECT_EQ(labels(axis, 5), "0.001 0.01 0.1 1 10 100 1000 ");
    EXPECT_EQ(axis.ticks(5).size(), 6u * 9 + 1);
}

TEST(Axis, PositionsRunFromLowToHigh) {
    const Axis linear{"", AxisScale::kLinear, 2, 6, {}, 1}, logarithmic{"", AxisScale::kLogarithmic, 0.01, 100, {}, 1};
    EXPECT_DOUBLE_EQ(linear.position(2), 0);
    EXPECT_DOUBLE_EQ(linear.position(5), 0.75);
    EXPECT_DOUBLE_EQ(logarithmic.position(1), 0.5);
    EXPECT_DOUBLE_EQ(logarithmic.position(100), 1);
    EXPECT_EQ(logarithmic.position(0), -std::numeric_limits<double>::infinity());
}

TEST(Axis, InverseSinhIsLinearNearZeroAndLogarithmicFarFromIt) {
    const Axis axis{"", AxisScale::kInverseSinh, -100, 100, {}, 0.1};
    EXPECT_EQ(labels(axis, 5), "0 0.1 \u22120.1 1 \u22121 10 \u221210 100 \u2212100 ");
    EXPECT_DOUBLE_EQ(axis.position(-100), 0);
    EXPECT_DOUBLE_EQ(axis.position(0), 0.5);
    EXPECT_DOUBLE_EQ(axis.position(100), 1);
    const double small = axis.position(0.002) - 0.5, large = axis.position(100) - axis.position(10);
    EXPECT_NEAR(axis.position(0.004) - 0.5, 2 * small, 1e-3 * small);
    EXPECT_NEAR(axis.position(10) - axis.position(1), large, 0.01 * large);
}

TEST(Axis, HoldsItsValuesWithRoom) {
    const Axis axis = linear_axis("weight", -2, 3);
    EXPECT_LT(axis.low, -2);
    EXPECT_GT(axis.high, 3);
    const Axis flat = linear_axis("weight", 1, 1);
    EXPECT_LT(flat.low, flat.high);
}

TEST(Axis, CategoriesHaveATickEach) {
    EXPECT_EQ(labels({"", AxisScale::kLinear, -0.5, 1.5, {"a", "b"}, 1}, 100), "a b ");
}

}  // namespace
}  // namespace f8net
