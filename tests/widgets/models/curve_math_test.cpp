// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/curve_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "widgets/models/curve_data.h"

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

TEST(SmoothingPerPoint, SmoothsTheSameShareOfLongSeries) {
    EXPECT_DOUBLE_EQ(smoothingPerPoint(0.6, 100), 0.6);
    // 2,500 points: ten points weigh what one of 250 does.
    EXPECT_NEAR(std::pow(smoothingPerPoint(0.6, 2500), 10), 0.6, 1e-9);
    EXPECT_EQ(smoothingPerPoint(0, 10), 0);
}

TEST(Decimate, KeepsLowestHighestAndLastOfEachColumnInDataOrder) {
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
    const Polyline line = decimate(x, y, 0, kPoints - 1, kColumns);
    EXPECT_LE(line.x.size(), 3 * kColumns + 3);
    EXPECT_TRUE(std::is_sorted(line.x.begin(), line.x.end()));
    EXPECT_EQ(*std::max_element(line.y.begin(), line.y.end()), 40);
    EXPECT_EQ(*std::min_element(line.y.begin(), line.y.end()), -40);
    EXPECT_EQ(line.x.last(), kPoints - 1);
    for (qsizetype i = 0; i < line.x.size(); ++i) EXPECT_EQ(line.y[i], y[static_cast<qsizetype>(line.x[i])]);
}

TEST(Decimate, FewPointsStayAsTheyAreWithTheirNeighboursOutside) {
    const Polyline line = decimate({0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}, 1.5, 3.5, 100);
    EXPECT_EQ(line.x, (QVector<double>{1, 2, 3, 4}));
}

TEST(Decimate, AGapSurvives) {
    QVector<double> x, y;
    for (int i = 0; i < 10'000; ++i) {
        x.push_back(i);
        y.push_back(i == 5'000 ? kNan : 1);
    }
    const Polyline line = decimate(x, y, 0, 9'999, 100);
    EXPECT_EQ(std::count_if(line.y.begin(), line.y.end(), [](double v) { return std::isnan(v); }), 1);
}

TEST(Decimate, NothingGivesNothing) {
    EXPECT_TRUE(decimate({}, {}, 0, 1, 10).x.isEmpty());
    EXPECT_TRUE(decimate({1}, {1}, 1, 1, 10).x.isEmpty());
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

MetricSeries seriesOf(int points) {
    MetricSeries series;
    for (int i = 0; i < points; ++i)
        series.points.push_back({i + 1, i / 10 + 1, static_cast<float>(i % 10 + 1) / 10, 1000.0 + i, 1.0 / (i + 1)});
    return series;
}

TEST(XValues, EpochsGoOnEvenly) {
    const QVector<double> x = xValues(seriesOf(20), XAxis::kEpoch);
    EXPECT_NEAR(x[0], 0.1, 1e-6);
    EXPECT_NEAR(x[9], 1.0, 1e-6);
    EXPECT_NEAR(x[19], 2.0, 1e-6);
}

TEST(XValues, ThePauseBeforeAResumeDoesNotCount) {
    MetricSeries series = seriesOf(10);
    for (size_t i = 5; i < 10; ++i) series.points[i].wall_time += 100'000;
    series.attempts = {{1, {0}, 999, 1005, "", 0}, {2, {5}, 101'004, 0, "", 0}};
    EXPECT_LT(xValues(series, XAxis::kRelativeTime).last(), 20);
    EXPECT_GT(xValues(series, XAxis::kWallTime).last(), 100'000);
}

TEST(XValues, AClockSetBackDoesNotFoldTheLine) {
    MetricSeries series = seriesOf(10);
    series.points[6].wall_time = 3;
    const QVector<double> x = xValues(series, XAxis::kWallTime);
    EXPECT_TRUE(std::is_sorted(x.begin(), x.end()));
}

TEST(MakeCurve, AccuraciesAreDrawnAsErrorsWithTheBestMarked) {
    MetricSeries series;
    series.points = {{10, 1, 1, 0, 0.8}, {20, 2, 1, 0, 0.93}, {30, 3, 1, 0, 0.92}};
    const ChartKind kind = chartKindOf("test/top1");
    const Curve curve = makeCurve(series, kind, {}, 0, 3);
    EXPECT_NEAR(curve.bestY, 7, 1e-9);
    EXPECT_EQ(curve.bestStep, 20);
    EXPECT_NEAR(curve.lastY, 8, 1e-9);
    EXPECT_TRUE(curve.raw.x.isEmpty());  // three points are not smoothed
}

TEST(ChartRange, AnUntrainedStartDoesNotFlattenTheRest) {
    CurveChart chart;
    Curve curve;
    for (int i = 0; i < 1000; ++i) {
        curve.smoothed.x.push_back(i);
        curve.smoothed.y.push_back(i < 40 ? 100 : 1 + 0.0001 * i);
    }
    curve.lastY = curve.smoothed.y.last();
    chart.curves.push_back(curve);
    EXPECT_LT(chartRange(chart, true).second, 2);
    EXPECT_GT(chartRange(chart, false).second, 99);
}

}  // namespace
}  // namespace f8net
