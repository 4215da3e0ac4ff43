// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/long_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace f8net {
namespace {

const double kNan = std::nan("");

TEST(LongLine, ThePyramidFindsTheExtremesOfAnyPart) {
    const unsigned seed = 11;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::normal_distribution<double> value;
    for (const int points : {1, 63, 64, 65, 4096, 4097, 70'000}) {
        QVector<double> x, y;
        for (int i = 0; i < points; ++i) {
            x.push_back(i);
            y.push_back(random() % 50 == 0 ? kNan : value(random));
        }
        const LongLine line(x, y);
        std::uniform_int_distribution<int> place(0, points);
        for (int round = 0; round < 300; ++round) {
            const int a = place(random), b = round == 0 ? points : place(random);
            const int begin = round == 0 ? 0 : std::min(a, b), end = std::max(a, b);
            const LongLine::Extremes found = line.extremes(begin, end);
            double lowest = INFINITY, highest = -INFINITY;
            bool hasGap = false;
            for (int i = begin; i < end; ++i) {
                if (std::isnan(y[i])) {
                    hasGap = true;
                } else {
                    lowest = std::min(lowest, y[i]);
                    highest = std::max(highest, y[i]);
                }
            }
            ASSERT_EQ(found.lowest >= 0 ? y[found.lowest] : INFINITY, lowest) << points << ' ' << begin << ' ' << end;
            ASSERT_EQ(found.highest >= 0 ? y[found.highest] : -INFINITY, highest);
            ASSERT_EQ(found.gap >= begin && found.gap < end, hasGap);
        }
    }
}

TEST(LongLine, FindsTheNearestPoint) {
    const LongLine line({0, 1, 4}, {0, 0, 0});
    EXPECT_EQ(line.nearest(-5), 0);
    EXPECT_EQ(line.nearest(2.4), 1);
    EXPECT_EQ(line.nearest(2.6), 2);
    EXPECT_EQ(line.nearest(9), 2);
    EXPECT_EQ(LongLine().nearest(1), -1);
}

TEST(LongLine, KeepsLowestHighestAndLastOfEachColumnInDataOrder) {
    const unsigned seed = 7;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> value(-1, 1);
    constexpr int kPoints = 100'000, kColumns = 400;
    QVector<double> x, y;
    for (int i = 0; i < kPoints; ++i) {
        x.push_back(i);
        y.push_back(value(random));
    }
    y[54'321] = 40;  // one outlier must not be lost
    y[12'345] = -40;
    const Polyline line = LongLine(x, y).decimated(0, kPoints - 1, kColumns);
    EXPECT_LE(line.x.size(), 3 * kColumns + 3);
    EXPECT_TRUE(std::is_sorted(line.x.begin(), line.x.end()));
    EXPECT_EQ(*std::max_element(line.y.begin(), line.y.end()), 40);
    EXPECT_EQ(*std::min_element(line.y.begin(), line.y.end()), -40);
    EXPECT_EQ(line.x.last(), kPoints - 1);
    for (qsizetype i = 0; i < line.x.size(); ++i) EXPECT_EQ(line.y[i], y[static_cast<qsizetype>(line.x[i])]);
}

TEST(LongLine, FewPointsStayAsTheyAreWithTheirNeighboursOutside) {
    const Polyline line = LongLine({0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}).decimated(1.5, 3.5, 100);
    EXPECT_EQ(line.x, (QVector<double>{1, 2, 3, 4}));
}

TEST(LongLine, AGapSurvives) {
    QVector<double> x, y;
    for (int i = 0; i < 10'000; ++i) {
        x.push_back(i);
        y.push_back(i == 5'000 ? kNan : 1);
    }
    const Polyline line = LongLine(x, y).decimated(0, 9'999, 100);
    EXPECT_EQ(std::count_if(line.y.begin(), line.y.end(), [](double v) { return std::isnan(v); }), 1);
}

TEST(LongLine, NothingGivesNothing) {
    EXPECT_TRUE(LongLine().decimated(0, 1, 10).x.isEmpty());
    EXPECT_TRUE(LongLine({1}, {1}).decimated(1, 1, 10).x.isEmpty());
}

}  // namespace
}  // namespace f8net
