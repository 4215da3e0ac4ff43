// SPDX-License-Identifier: Apache-2.0
#include "core/fixedpoint/clip_scale.h"

#include <gtest/gtest.h>

#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

TEST(ClipScale, IsTheClippingLevelInUnitsOfTheLargestValue) {
    // 8 / (255 / 2^5): an unsigned format u8.5 reaches 7.96875, stretched to 8.
    EXPECT_FLOAT_EQ(clip_scale(8.0f, {8, 5, false}), 8.0f / (255.0f / 32.0f));
    EXPECT_FLOAT_EQ(clip_scale(-8.0f, {8, 5, true}), 8.0f / (127.0f / 32.0f));
}

TEST(ClipScale, SumPoolEqualsTheGoldenShiftAndScale) {
    const TensorMap golden = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/pool_residual.safetensors");
    for (int k = 1; k <= 8; ++k) {
        const std::string name = "avg.k" + std::to_string(k);
        EXPECT_EQ(pool_shift(k * k), golden.at(name + ".shift").item()) << k;
        EXPECT_NEAR(pool_scale(k * k), golden.at(name + ".scale").item(), 1e-7) << k;
    }
}

}  // namespace
}  // namespace f8net
