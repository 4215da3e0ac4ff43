// SPDX-License-Identifier: GPL-3.0-or-later
// Labels of an axis never touch, however low the chart, and there are always some.
#include "widgets/support/axis_ticks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace f8net {
namespace {

constexpr double kApart = 16;

double leastDistance(const std::vector<double>& ticks, double lower, double upper, double room) {
    double least = 1e9;
    for (size_t i = 1; i < ticks.size(); ++i)
        least = std::min(least, std::log10(ticks[i] / ticks[i - 1]) / std::log10(upper / lower) * room);
    return least;
}

TEST(LogTicks, AreFineWhereThereIsRoomAndOneTwoFiveOrDecadesWhereThereIsNot) {
    const auto expectTicks = [](const std::vector<double>& ticks, const std::vector<double>& expected) {
        ASSERT_EQ(ticks.size(), expected.size()) << testing::PrintToString(ticks);
        for (size_t i = 0; i < ticks.size(); ++i) EXPECT_NEAR(ticks[i], expected[i], 1e-9 * expected[i]);
    };
    expectTicks(logTicks(0.15, 0.75, 300, kApart), {0.15, 0.2, 0.3, 0.4, 0.5, 0.7});
    // A loss in a chart of 60 pixels: 0.4 and 0.5 are 8 apart.
    expectTicks(logTicks(0.15, 0.75, 60, kApart), {0.2, 0.5});
    EXPECT_EQ(logTicks(0.01, 100, 400, kApart).size(), 5u);
    expectTicks(logTicks(0.01, 100, 40, kApart), {0.01, 1, 100});      // every second decade
    expectTicks(logTicks(11, 13.5, 200, kApart), {12});                // the only round one
    expectTicks(logTicks(1, 50, 900, kApart), {1, 2, 5, 10, 20, 50});  // room for a fence is none to build one
    expectTicks(logTicks(1e-6, 1e6, 60, kApart), {1e-4, 1, 1e4});      // decades 5 apart: every fourth
    expectTicks(logTicks(1, 10, 10, kApart), {1});                     // the lowest, where no two have room
    EXPECT_TRUE(logTicks(0, 1, 100, kApart).empty());
    EXPECT_TRUE(logTicks(2, 1, 100, kApart).empty());
}

TEST(LogTicks, NeverTouchAndStayInTheRange) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> exponent(-6, 6), decades(0.05, 9), length(20, 900);
    for (int i = 0; i < 20'000; ++i) {
        const double lower = std::pow(10.0, exponent(random)), upper = lower * std::pow(10.0, decades(random));
        const double room = length(random);
        const std::vector<double> ticks = logTicks(lower, upper, room, kApart);
        ASSERT_GE(leastDistance(ticks, lower, upper, room), kApart) << lower << " to " << upper << " in " << room;
        for (const double tick : ticks) {
            ASSERT_GE(tick, lower * 0.999999);
            ASSERT_LE(tick, upper * 1.000001);
        }
        // Two of 1, 2, 5 are in every decade, and have room here.
        if (upper / lower >= 10 && room >= 60) {
            ASSERT_GE(ticks.size(), 2u) << lower << " to " << upper << " in " << room;
        }
    }
}

TEST(RoomyStep, IsTheGivenOneOrTheNextRoundOneWithRoom) {
    EXPECT_DOUBLE_EQ(roomyStep(0.2, 1, 300, kApart), 0.2);
    EXPECT_DOUBLE_EQ(roomyStep(2.5, 12.5, 300, kApart), 2.5);
    EXPECT_DOUBLE_EQ(roomyStep(0.2, 1, 60, kApart), 0.5);
    EXPECT_DOUBLE_EQ(roomyStep(2.5, 12.5, 60, kApart), 5);
    EXPECT_DOUBLE_EQ(roomyStep(0.5, 3, 40, kApart), 2);
    EXPECT_DOUBLE_EQ(roomyStep(1, 5, 0, kApart), 1);  // before the first layout
    EXPECT_GT(roomyStep(1, 5, 3, kApart), 5);         // no room for two: at most one is in sight
}

}  // namespace
}  // namespace f8net
