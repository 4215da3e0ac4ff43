// SPDX-License-Identifier: Apache-2.0
#include "core/run/torch_version.h"

#include <gmock/gmock.h>

namespace f8net {
namespace {

constexpr uint64_t version(uint64_t major, uint64_t minor, uint64_t patch) {
    return major << 56 | minor << 48 | patch << 40;
}

TEST(TorchVersion, ReadsTheBytesOfTheCInterface) {
    EXPECT_EQ(libtorch_version_text(version(2, 11, 0)), "2.11.0");
    EXPECT_EQ(libtorch_version_text(version(2, 9, 1) | 1), "2.9.1");
}

TEST(TorchVersion, NamesBothWhereTheyDiffer) {
    EXPECT_EQ(why_libtorch_does_not_fit("2.11.0", version(2, 11, 0)), "");
    for (const uint64_t other : {version(2, 11, 1), version(2, 12, 0), version(3, 11, 0)}) {
        EXPECT_THAT(
            why_libtorch_does_not_fit("2.11.0", other),
            testing::AllOf(testing::HasSubstr("LibTorch 2.11.0"), testing::HasSubstr(libtorch_version_text(other))));
    }
}

}  // namespace
}  // namespace f8net
