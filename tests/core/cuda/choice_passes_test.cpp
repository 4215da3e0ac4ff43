// SPDX-License-Identifier: Apache-2.0
// What decides whether a grid search on a GPU needs its float64 pass.
#include "core/cuda/choice_passes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace f8net {
namespace {

/// By unsigned words of 8 bits.
template <typename Real>
LengthChoice choice_of(const std::vector<float>& x) {
    const ErrorsPass<float, Real, false> pass{x.data(), static_cast<int64_t>(x.size()), kLengthsPerPass,
                                              ErrorGrids<Real>::make(255, 0), false};
    LengthChoice choice{};
    pass.finish(sum_on_host(pass), &choice);
    return choice;
}

TEST(ChoicePasses, NegativeValuesDoNotHideWhichLengthIsTheBest) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 1);
    std::vector<float> x(30000);
    for (float& value : x) value = normal(random);
    const LengthChoice alone = choice_of<float>(x);
    EXPECT_EQ(alone.is_clear, 1) << "seed " << seed;
    x.insert(x.end(), 10000, -1000.0f);
    const LengthChoice among_negatives = choice_of<float>(x), exact = choice_of<double>(x);
    EXPECT_EQ(among_negatives.is_clear, 1) << "seed " << seed;
    EXPECT_EQ(among_negatives.length, alone.length) << "seed " << seed;
    EXPECT_EQ(exact.length, alone.length) << "seed " << seed;
    EXPECT_NEAR(among_negatives.value, exact.value, 2e-6 * exact.value) << "seed " << seed;
    // So large that float64 sums no longer tell the lengths apart: then these decide, as everywhere.
    x.insert(x.end(), 10000, -1e9f);
    EXPECT_EQ(choice_of<float>(x).is_clear, 0) << "seed " << seed;
}

TEST(ChoicePasses, TiesAndValuesThatAreNotFiniteAreNotClear) {
    EXPECT_EQ(choice_of<float>({0.25f, 0.75f, 1.0f}).is_clear, 0);
    EXPECT_EQ(choice_of<double>({0.25f, 0.75f, 1.0f}).length, 2);
    for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
        const LengthChoice choice = choice_of<float>({0.25f, bad, 1.0f});
        EXPECT_EQ(choice.is_clear, 0) << bad;
        EXPECT_FALSE(std::isfinite(choice_of<double>({0.25f, bad, 1.0f}).value)) << bad;
    }
}

}  // namespace
}  // namespace f8net
