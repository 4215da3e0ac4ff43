// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curve_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace f8net {
namespace {

TEST(SmoothingPerPoint, SmoothsTheSameShareOfLongSeries) {
    EXPECT_DOUBLE_EQ(smoothingPerPoint(0.6, 100), 0.6);
    // 2,500 points: ten points weigh what one of 250 does.
    EXPECT_NEAR(std::pow(smoothingPerPoint(0.6, 2500), 10), 0.6, 1e-9);
    EXPECT_EQ(smoothingPerPoint(0, 10), 0);
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
    const Curve curve = makeCurve(series, kind, {});
    EXPECT_NEAR(curve.bestY, 7, 1e-9);
    EXPECT_EQ(curve.bestStep, 20);
    EXPECT_NEAR(curve.lastY, 8, 1e-9);
    EXPECT_EQ(curve.raw, nullptr);  // three points are not smoothed
}

TEST(ChartRange, AnUntrainedStartDoesNotFlattenTheRest) {
    CurveChart chart;
    Curve curve;
    QVector<double> x, y;
    for (int i = 0; i < 1000; ++i) {
        x.push_back(i);
        y.push_back(i < 40 ? 100 : 1 + 0.0001 * i);
    }
    curve.line = std::make_shared<LongLine>(x, y);
    curve.lastY = y.last();
    curve.bestY = 0.9;
    chart.curves.push_back(curve);
    EXPECT_LT(chartRange(chart, true).first, 0.9);  // the ring at the best is not cut
    EXPECT_LT(chartRange(chart, true).second, 2);
    EXPECT_GT(chartRange(chart, false).second, 99);
}

TEST(MakeCurve, AccuracyIsDrawnAsItIsWhereAsked) {
    MetricSeries series;
    series.points = {{10, 1, 1, 0, 0.8}, {20, 2, 1, 0, 0.93}, {30, 3, 1, 0, 0.92}};
    const ChartKind kind = chartKindOf("test/top1", true);
    EXPECT_FALSE(kind.mayBeLog);
    EXPECT_TRUE(kind.title({}).contains("accuracy"));
    const Curve curve = makeCurve(series, kind, {});
    EXPECT_NEAR(curve.lastY, 92, 1e-9);
    EXPECT_NEAR(curve.bestY, 93, 1e-9);  // the highest now
}

TEST(MakeCurve, AResumedRunGoesOnWithADotAndHasAPauseOnTheClock) {
    MetricSeries series = seriesOf(10);
    series.attempts = {{1, {0}, 999, 1005, "", 0}, {2, {6}, 2000, 0, "", 0}};
    const Curve joined = makeCurve(series, chartKindOf("train/loss"), {});
    EXPECT_EQ(joined.line->size(), 10);
    EXPECT_TRUE(joined.gaps.empty());
    EXPECT_EQ(joined.resumedX, (QVector<double>{joined.line->x()[5]}));
    EXPECT_EQ(joined.other[9], 10);  // the step of the last point: x is the epoch
    CurveRequest byClock;
    byClock.xAxis = XAxis::kWallTime;
    const Curve curve = makeCurve(series, chartKindOf("train/loss"), byClock);
    ASSERT_EQ(curve.line->size(), 11);
    ASSERT_EQ(curve.gaps, (std::vector<qsizetype>{6}));
    EXPECT_TRUE(std::isnan(curve.line->y()[6]));
    EXPECT_EQ(curve.resumedX, (QVector<double>{curve.line->x()[5]}));
    EXPECT_TRUE(std::is_sorted(curve.line->x().begin(), curve.line->x().end()));
    EXPECT_EQ(curve.other.size(), 11);
    EXPECT_TRUE(std::isnan(curve.nonFiniteX));  // the gap was put in, no value is missing
}

TEST(MakeCurve, SaysWhereTheLossStoppedBeingANumber) {
    MetricSeries series = seriesOf(10);
    for (size_t i = 7; i < 10; ++i) series.points[i].value = std::nan("");
    CurveRequest request;
    request.xAxis = XAxis::kStep;
    const Curve curve = makeCurve(series, chartKindOf("train/loss"), request);
    EXPECT_EQ(curve.nonFiniteX, 8);
    EXPECT_EQ(curve.lastX, 7);
}

TEST(MakeCurve, LongSeriesKeepTheRawLineBehindTheSmoothedOne) {
    const Curve curve = makeCurve(seriesOf(100), chartKindOf("train/loss"), {});
    ASSERT_TRUE(curve.raw);
    EXPECT_EQ(curve.raw->x(), curve.line->x());
    EXPECT_NE(curve.raw->y(), curve.line->y());
    CurveRequest plain;
    plain.smoothing = 0;
    EXPECT_FALSE(makeCurve(seriesOf(100), chartKindOf("train/loss"), plain).raw);
}

}  // namespace
}  // namespace f8net
