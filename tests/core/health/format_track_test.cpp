// SPDX-License-Identifier: Apache-2.0
#include "core/health/format_track.h"

#include <gtest/gtest.h>

namespace f8net {
namespace {

TEST(FormatTrack, CountsFlipsAndSaysWhenItSettled) {
    const FormatTrack track = make_track({5, 5, 4, 5, 5, 5, 5, 5, 5, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    EXPECT_EQ(track.flips, 2);
    EXPECT_EQ(track.settled_at, 4);
    EXPECT_FALSE(track.is_moving);
}

TEST(FormatTrack, AChangeInTheLastEpochsIsMoving) {
    EXPECT_TRUE(make_track({5, 5, 5, 5, 4}, {1, 2, 3, 4, 5}).is_moving);
    EXPECT_FALSE(make_track({5, 4, 4, 4, 4}, {1, 2, 3, 4, 5}).is_moving);
}

TEST(FormatTrack, EpochsWithoutAFormatAreNoFlip) {
    const FormatTrack track = make_track({kNoFormat, 5, kNoFormat, 5}, {1, 2, 3, 4});
    EXPECT_EQ(track.flips, 0);
    EXPECT_EQ(track.settled_at, 2);
}

}  // namespace
}  // namespace f8net
