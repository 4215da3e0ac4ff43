// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/run_differences.h"

#include <gtest/gtest.h>

namespace f8net {
namespace {

const RunId kA("a"), kB("b"), kC("c");

TEST(RunDifferences, NamesWhatIsNotTheSameInAll) {
    const auto found = runDifferences({{kA, {{"optimizer.lr", "0.1"}, {"training.epochs", "5"}}},
                                       {kB, {{"optimizer.lr", "0.05"}, {"training.epochs", "5"}}}});
    EXPECT_EQ(found.at(kA), "lr 0.1");
    EXPECT_EQ(found.at(kB), "lr 0.05");
}

TEST(RunDifferences, AloneOrAlikeNothingDiffers) {
    EXPECT_EQ(runDifferences({{kA, {{"optimizer.lr", "0.1"}}}}).at(kA), "");
    EXPECT_EQ(runDifferences({{kA, {{"x.y", "1"}}}, {kB, {{"x.y", "1"}}}}).at(kB), "");
}

TEST(RunDifferences, SeedsComeLastAndTooManyAreCounted) {
    const auto found = runDifferences({{kA, {{"a.seed", "1"}, {"b.one", "1"}, {"c.two", "1"}, {"d.three", "1"}}},
                                       {kB, {{"a.seed", "2"}, {"b.one", "2"}, {"c.two", "2"}, {"d.three", "2"}}}},
                                      2);
    EXPECT_EQ(found.at(kA), "one 1, two 1, 2 more");
}

TEST(RunDifferences, KeysThatEndAlikeAreWrittenOut) {
    const auto found = runDifferences(
        {{kA, {{"data.size", "1"}, {"network.size", "1"}}}, {kB, {{"data.size", "2"}, {"network.size", "2"}}}});
    EXPECT_EQ(found.at(kA), "data.size 1, network.size 1");
}

TEST(RunDifferences, AKeyThatOneLacksIsADifference) {
    const auto found = runDifferences({{kA, {{"x.y", "1"}}}, {kB, {}}, {kC, {{"x.y", "1"}}}});
    EXPECT_EQ(found.at(kA), "y 1");
    EXPECT_EQ(found.at(kB), "");
}

}  // namespace
}  // namespace f8net
