// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/histogram_bins.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "core/run/tensor_summary.h"

namespace f8net {
namespace {

constexpr FixedPointFormat kU85{8, 5, false}, kS84{8, 4, true};

std::vector<float> gaussian(size_t count, double mean, double sigma, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(static_cast<float>(mean), static_cast<float>(sigma));
    std::vector<float> values(count);
    for (float& value : values) value = normal(random);
    return values;
}

HistogramReport recorded(const std::vector<float>& values, const FixedPointFormat& format) {
    return make_histogram(values, summarize(values, format, 1), 1);
}

double sum(const std::vector<double>& counts) {
    return std::accumulate(counts.begin(), counts.end(), 0.0);
}

TEST(HistogramBins, KeepEveryValueWhateverTheFormat) {
    for (const double sigma : {0.002, 0.3, 1.604, 9.0, 300.0}) {
        const auto values = gaussian(5000, 0.3 * sigma, sigma, 7);
        for (const FixedPointFormat& format :
             {kU85, kS84, FixedPointFormat{8, 0, false}, FixedPointFormat{8, 8, false}}) {
            const HistogramBins bins = makeBins(recorded(values, format), format);
            EXPECT_NEAR(sum(bins.counts), 5000, 1e-6) << "sigma " << sigma << " " << format.to_string();
            EXPECT_EQ(bins.total, 5000);
        }
    }
}

TEST(HistogramBins, EdgesAreCodeBoundariesAndTheLimitIsOneOfThem) {
    for (const double sigma : {0.1, 1.604, 4.0}) {
        for (const FixedPointFormat& format : {kU85, kS84}) {
            const HistogramBins bins = makeBins(recorded(gaussian(4000, 0, sigma, 3), format), format);
            const double steps = bins.width / bins.step;
            EXPECT_EQ(steps, std::round(steps));
            EXPECT_GE(steps, 1);
            EXPECT_EQ(bins.lower / bins.step, std::round(bins.lower / bins.step));
            ASSERT_TRUE(bins.upperLimit);
            EXPECT_EQ(*bins.upperLimit, (static_cast<double>(format.max_stored()) + 1) * format.scale());
            const double limitInBins = (*bins.upperLimit - bins.lower) / bins.width;
            EXPECT_EQ(limitInBins, std::round(limitInBins)) << "a bin straddles the limit";
        }
    }
}

TEST(HistogramBins, SaturatedBinsHoldWhatTheFormatClips) {
    const auto values = gaussian(20000, 2, 3.5, 11);
    const HistogramBins bins = makeBins(recorded(values, kU85), kU85);
    double saturated = 0, zeroed = 0;
    for (size_t i = 0; i < bins.size(); ++i) {
        if (bins.regions[i] == BinRegion::kSaturated) saturated += bins.counts[i];
        if (bins.regions[i] == BinRegion::kZeroed) zeroed += bins.counts[i];
    }
    const auto count = [&](auto condition) { return std::count_if(values.begin(), values.end(), condition); };
    EXPECT_EQ(saturated, count([](float x) { return x >= 8; }));  // 256 steps of 1/32
    EXPECT_EQ(zeroed, count([](float x) { return x < 0; }));
    EXPECT_GT(saturated, 0);
}

TEST(HistogramBins, WhatLiesOutsideTheWindowIsInTheLastBinsAndCounted) {
    std::vector<float> values(1000, 1.0f);
    values.insert(values.end(), 10, 60.0f);  // far beyond 1.5 times the range of 8
    values.insert(values.end(), 5, -40.0f);
    const HistogramBins bins = makeBins(recorded(values, kU85), kU85);
    EXPECT_LE(bins.upper(), 12.5);
    EXPECT_EQ(bins.above, 10);
    EXPECT_EQ(bins.below, 5);
    EXPECT_EQ(bins.counts.back(), 10);
    EXPECT_EQ(bins.regions.back(), BinRegion::kSaturated);
    EXPECT_EQ(bins.counts.front(), 5);
}

TEST(HistogramBins, AWideRangeStaysOutsideTheWindow) {
    const auto values = gaussian(1000, 0, 1, 5);
    const HistogramBins bins = makeBins(recorded(values, {32, 9, true}), FixedPointFormat{32, 9, true});
    EXPECT_FALSE(bins.isLimitShown);
    EXPECT_LT(bins.upper(), 10);
    EXPECT_EQ(std::count(bins.regions.begin(), bins.regions.end(), BinRegion::kSaturated), 0);
}

TEST(HistogramBins, WithoutAFormatTheWindowIsThatOfTheValues) {
    const auto values = gaussian(1000, 0, 1, 5);
    const HistogramReport histogram = recorded(values, kS84);
    const HistogramBins bins = makeBins(histogram, std::nullopt);
    EXPECT_LE(bins.lower, histogram.minimum);
    EXPECT_GE(bins.upper(), histogram.maximum);
    EXPECT_LT(bins.upper(), histogram.maximum + bins.width);
    EXPECT_EQ(bins.step, 0);
    EXPECT_EQ(makeBins({}, kU85).size(), 0u);
}

TEST(HistogramBins, EachBinIsCalledByValuesAndCodes) {
    const HistogramBins bins = makeBins(recorded(gaussian(100, 0.5, 0.01, 1), kU85), kU85);
    EXPECT_EQ(binTitle(bins, bins.binAt(0.5)), "0.5 to 0.53125, codes 16");
    const HistogramBins wide = makeBins(recorded(gaussian(1000, 3, 2, 1), kU85), kU85);
    EXPECT_EQ(binTitle(wide, wide.binAt(1.1)), "1 to 1.25, codes 32 to 39");
    EXPECT_EQ(codesOf(makeBins(recorded(gaussian(100, 0, 1, 1), kU85), std::nullopt), 0), "");
}

TEST(HistogramBins, ATensorOfZerosHasABin) {
    const std::vector<float> zeros(64, 0.0f);
    const HistogramBins bins = makeBins(recorded(zeros, kU85), kU85);
    ASSERT_GT(bins.size(), 0u);
    EXPECT_EQ(bins.counts[bins.binAt(0)], 64);
}

TEST(HistogramBins, OutlineHasAsManyValuesAsTheBarsAndItsOwnShape) {
    const HistogramBins bins = makeBins(recorded(gaussian(4000, 0, 1, 1), kS84), kS84);
    const HistogramReport wider = recorded(gaussian(1000, 0, 30, 2), kS84);  // bins wider than ours
    const std::vector<double> outline = outlineIn(bins, wider);
    EXPECT_EQ(outline.size(), bins.size());
    EXPECT_NEAR(sum(outline), 4000, 1e-6);
    EXPECT_GT(outline.front(), bins.counts.front());
    EXPECT_LT(outline[bins.binAt(0)], bins.counts[bins.binAt(0)]);
}

}  // namespace
}  // namespace f8net
