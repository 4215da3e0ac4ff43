// SPDX-License-Identifier: Apache-2.0
#include "core/health/learning.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace f8net {
namespace {

/// Losses about `mean`, as noisy as batches are.
std::vector<double> around(double mean, unsigned seed, int count = 60) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 0.1);
    std::vector<double> losses;
    for (int i = 0; i < count; ++i) losses.push_back(mean + noise(random));
    return losses;
}

TEST(Learning, IsALossThatFallsBeyondItsNoise) {
    EXPECT_EQ(judge({around(2.3, 1), around(1.2, 2), around(0.9, 3)}), Learning::kLearning);
}

TEST(Learning, IsNothingWhereTheLossStaysWhereItBegan) {
    EXPECT_EQ(judge({around(2.3, 1), around(2.3, 2), around(2.3, 3)}), Learning::kNotLearning);
    EXPECT_EQ(judge({around(2.3, 1), around(2.5, 2), around(2.9, 3)}), Learning::kNotLearning);
}

TEST(Learning, LevelsOutAndRises) {
    EXPECT_EQ(judge({around(2.3, 1), around(0.9, 2), around(0.9, 3)}), Learning::kLevel);
    EXPECT_EQ(judge({around(2.3, 1), around(0.9, 2), around(1.2, 3)}), Learning::kRising);
}

TEST(Learning, NoiseAloneIsRarelyTakenForAChange) {
    std::printf("seeds 100 to 399\n");
    int wrong = 0;
    for (unsigned seed = 100; seed < 400; ++seed) {
        const Learning learning = judge({around(2.3, 1), around(0.9, seed), around(0.9, seed + 1'000)});
        wrong += learning == Learning::kLevel ? 0 : 1;
    }
    EXPECT_LT(wrong, 30);  // 4.6 % is what two standard errors leave
    EXPECT_GT(wrong, 0);
}

TEST(Learning, SaysWhenItCannotTell) {
    EXPECT_EQ(judge({}), Learning::kNotStarted);
    EXPECT_EQ(judge({around(2.3, 1, 2), {}, around(0.3, 3, 2)}), Learning::kTooEarly);
    // Five points that do not differ say nothing, ten do.
    EXPECT_EQ(judge({around(2.3, 1, 5), around(2.3, 2, 5), around(2.29, 3, 5)}), Learning::kTooEarly);
    EXPECT_EQ(judge({around(2.3, 1, 10), around(2.3, 2, 10), around(2.29, 3, 10)}), Learning::kNotLearning);
}

TEST(Learning, OfFewPointsSaysWhatTheyShow) {
    EXPECT_EQ(judge({around(2.3, 1, 3), {}, around(0.9, 3, 3)}), Learning::kFallen);
    EXPECT_EQ(judge({around(2.3, 1, 6), around(1.6, 2, 6), around(0.9, 3, 6)}), Learning::kLearning);
    EXPECT_EQ(judge({around(2.3, 1, 6), around(0.9, 2, 6), around(1.6, 3, 6)}), Learning::kRising);
    // No lower than shortly before, as far as six points tell.
    EXPECT_EQ(judge({around(2.3, 1, 6), around(0.9, 2, 6), around(0.9, 3, 6)}), Learning::kFallen);
}

TEST(Learning, FewPointsAreTakenForAChangeNoOftenerThanMany) {
    std::printf("seeds 100 to 1099\n");
    int wrong = 0;
    for (unsigned seed = 100; seed < 1'100; ++seed) {
        const Learning learning = judge({around(2.3, 1), around(0.9, seed, 3), around(0.9, seed + 2'000, 3)});
        wrong += learning == Learning::kFallen ? 0 : 1;
    }
    EXPECT_LT(wrong, 70);  // 46 on average; two standard errors alone would let about 120 through
}

TEST(Learning, ALossThatIsNotFiniteHasDiverged) {
    LossStretches losses{around(2.3, 1), around(1.2, 2), around(0.9, 3)};
    losses.now.push_back(NAN);
    EXPECT_EQ(judge(losses), Learning::kDiverged);
    losses.now.push_back(0.9);  // it has recovered: a step that was skipped
    EXPECT_NE(judge(losses), Learning::kDiverged);
}

TEST(Learning, EqualLossesWithoutNoiseAreLevel) {
    const std::vector<double> high(20, 2.0), low(20, 1.0);
    EXPECT_EQ(judge({high, low, low}), Learning::kLevel);
    EXPECT_EQ(judge({high, high, low}), Learning::kLearning);
    EXPECT_EQ(judge({high, high, high}), Learning::kNotLearning);
}

TEST(Learning, HasOtherWordsForRunsThatHaveEnded) {
    EXPECT_EQ(to_text(Learning::kLearning, false), "learning");
    EXPECT_EQ(to_text(Learning::kLearning, true), "learned");
    EXPECT_EQ(to_text(Learning::kLevel, true), "learned");
    EXPECT_EQ(to_text(Learning::kNotLearning, true), "did not learn");
    EXPECT_EQ(to_text(Learning::kFallen, false), "the loss has fallen");
    EXPECT_EQ(to_text(Learning::kFallen, true), "learned");
}

}  // namespace
}  // namespace f8net
