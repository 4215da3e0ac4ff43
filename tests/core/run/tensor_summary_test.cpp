// SPDX-License-Identifier: Apache-2.0
#include "core/run/tensor_summary.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace f8net {
namespace {

const FixedPointFormat kUnsigned5{8, 5, false};  // 0 to 7.96875, step 1/32
const FixedPointFormat kSigned4{8, 4, true};     // -7.9375 to 7.9375, step 1/16

TEST(TensorSummary, CountsWhatAnUnsignedFormatLoses) {
    // -1: ReLU; 0: exact zero, no loss; 0.01: rounds to zero; 1: exact; 9: clipped.
    const std::vector<float> values{-1, 0, 0.01F, 1, 9};
    const TensorSummary summary = summarize(values, kUnsigned5, 1);
    EXPECT_DOUBLE_EQ(summary.negative_share, 0.2);
    EXPECT_DOUBLE_EQ(summary.zero_share, 0.2);
    EXPECT_DOUBLE_EQ(summary.clipped_share, 0.2);
    EXPECT_DOUBLE_EQ(summary.minimum, -1);
    EXPECT_DOUBLE_EQ(summary.maximum, 9);
    const double error = 0.01 * 0.01 + (9 - 255.0 / 32) * (9 - 255.0 / 32);
    EXPECT_NEAR(summary.sqnr_db, 10 * std::log10((0.0001 + 1 + 81) / error), 1e-5);
}

TEST(TensorSummary, CountsBothEndsOfASignedFormat) {
    const TensorSummary summary = summarize(std::vector<float>{-8, 8, -0.01F, 7.9375F}, kSigned4, 1);
    EXPECT_DOUBLE_EQ(summary.clipped_share, 0.5);
    EXPECT_DOUBLE_EQ(summary.negative_share, 0);
    EXPECT_DOUBLE_EQ(summary.zero_share, 0.25);
}

TEST(TensorSummary, DoesNotDependOnTheNumberOfThreads) {
    std::mt19937 random(11);
    std::normal_distribution<float> normal(0.3F, 1.7F);
    std::vector<float> values(300'001);
    for (float& value : values) value = normal(random);
    const TensorSummary one = summarize(values, kUnsigned5, 1);
    const TensorSummary four = summarize(values, kUnsigned5, 4);
    EXPECT_EQ(one.sqnr_db, four.sqnr_db);
    EXPECT_EQ(one.standard_deviation, four.standard_deviation);
    EXPECT_NEAR(one.standard_deviation, 1.7, 0.01);
    EXPECT_EQ(make_histogram(values, one, 1).counts, make_histogram(values, four, 4).counts);
}

TEST(TensorSummary, HistogramHasPowerOfTwoEdgesAndHoldsEverything) {
    const std::vector<float> values{-3, -0.5F, 0, 0.25F, 3.9F};
    const HistogramReport histogram = make_histogram(values, summarize(values, kSigned4, 1), 1);
    EXPECT_DOUBLE_EQ(histogram.lower, -4);
    EXPECT_DOUBLE_EQ(histogram.width, 1.0 / 16);
    EXPECT_EQ(histogram.below + histogram.above, 0);
    EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), int64_t{0}), 5);
    EXPECT_EQ(histogram.counts[16], 1);  // -3
    EXPECT_EQ(histogram.counts[64], 1);  // 0
    EXPECT_EQ(histogram.counts[68], 1);  // 0.25
}

TEST(TensorSummary, CallsValuesThatAreNotFiniteClipped) {
    const std::vector<float> values{NAN, INFINITY, 1};
    const TensorSummary summary = summarize(values, kSigned4, 1);
    EXPECT_DOUBLE_EQ(summary.clipped_share, 2.0 / 3);
    EXPECT_EQ(make_histogram(values, summary, 1).above, 2);
}

}  // namespace
}  // namespace f8net
