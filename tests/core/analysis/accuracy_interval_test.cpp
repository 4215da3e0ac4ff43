// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/accuracy_interval.h"

#include <gtest/gtest.h>

#include <cmath>

namespace f8net {
namespace {

/// Table I of Newcombe, Statistics in Medicine 17 (1998) 857-872, method 3.
TEST(AccuracyInterval, IsTheScoreIntervalOfTheLiterature) {
    const auto expect = [](int64_t right, int64_t images, double low, double high) {
        const Interval interval = accuracy_interval(right, images);
        EXPECT_NEAR(interval.low, low, 5e-5) << right << "/" << images;
        EXPECT_NEAR(interval.high, high, 5e-5) << right << "/" << images;
    };
    expect(81, 263, 0.2553, 0.3662);
    expect(15, 148, 0.0624, 0.1605);
    expect(0, 20, 0.0000, 0.1611);
    expect(1, 29, 0.0061, 0.1718);
}

TEST(AccuracyInterval, KnowsNothingWithoutImages) {
    EXPECT_EQ(accuracy_interval(0, 0).low, 0);
    EXPECT_EQ(accuracy_interval(0, 0).high, 1);
    EXPECT_FALSE(paired_difference(0, 0, 0).is_distinguishable());
}

TEST(PairedDifference, IsDistinguishableWhereMcNemarsTestSaysSo) {
    for (int64_t gained = 0; gained <= 25; ++gained) {
        for (int64_t lost = 0; lost <= 25; ++lost) {
            const double difference = static_cast<double>(gained - lost);
            const bool is_significant =
                gained + lost > 0 && difference * difference / static_cast<double>(gained + lost) > 3.841459;
            const PairedDifference paired = paired_difference(60, gained, lost);
            EXPECT_EQ(paired.is_distinguishable(), is_significant) << gained << " " << lost;
            EXPECT_TRUE(paired.interval.contains(paired.difference));
            const PairedDifference mirrored = paired_difference(60, lost, gained);
            EXPECT_NEAR(paired.interval.low, -mirrored.interval.high, 1e-12);
        }
    }
}

TEST(PairedDifference, IsNotCertainWhereNoImageChanged) {
    // z^2 / (n + z^2): as Wilson's interval of 0 among n.
    const PairedDifference paired = paired_difference(50, 0, 0);
    EXPECT_NEAR(paired.interval.high, 3.841459 / 53.841459, 1e-6);
    EXPECT_NEAR(paired.interval.low, -3.841459 / 53.841459, 1e-6);
}

TEST(PairedDifference, OfManyImagesIsTheNormalApproximation) {
    const double n = 1e6, gained = 30'000, lost = 20'000, difference = (gained - lost) / n;
    const double deviation = std::sqrt((gained + lost) / n - difference * difference) / std::sqrt(n);
    const PairedDifference paired = paired_difference(1'000'000, 30'000, 20'000);
    EXPECT_NEAR(paired.interval.low, difference - 1.96 * deviation, 1e-6);
    EXPECT_NEAR(paired.interval.high, difference + 1.96 * deviation, 1e-6);
}

/// Every outcome of 30 images, weighed by its probability: how often the interval holds the truth.
TEST(PairedDifference, HoldsTheTruthInAboutNinetyFivePercent) {
    constexpr int kImages = 30;
    for (const auto& [gain, loss] : {std::pair{0.1, 0.1}, {0.3, 0.1}, {0.2, 0.05}, {0.02, 0.2}}) {
        double covered = 0;
        for (int gained = 0; gained <= kImages; ++gained) {
            for (int lost = 0; gained + lost <= kImages; ++lost) {
                const int same = kImages - gained - lost;
                const double probability = std::exp(
                    std::lgamma(kImages + 1) - std::lgamma(gained + 1) - std::lgamma(lost + 1) - std::lgamma(same + 1) +
                    gained * std::log(gain) + lost * std::log(loss) + same * std::log(1 - gain - loss));
                if (paired_difference(kImages, gained, lost).interval.contains(gain - loss)) covered += probability;
            }
        }
        EXPECT_GT(covered, 0.93) << gain << " " << loss;
        EXPECT_LT(covered, 0.985) << gain << " " << loss;
    }
}

}  // namespace
}  // namespace f8net
