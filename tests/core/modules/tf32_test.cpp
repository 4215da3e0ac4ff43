// SPDX-License-Identifier: Apache-2.0
#include "core/modules/tf32.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <random>

namespace f8net {
namespace {

/// The nearest number of 11 significant bits, half to even, as tensor cores read float32.
float to_tf32(float x) {
    constexpr uint32_t kDropped = 13;
    uint32_t bits = std::bit_cast<uint32_t>(x);
    bits += (1U << (kDropped - 1)) - 1 + (bits >> kDropped & 1);
    return std::bit_cast<float>(bits & ~((1U << kDropped) - 1));
}

TEST(Tf32, IsRestoredAndNeverTouchedForACpu) {
    const at::Context& context = at::globalContext();
    const bool before = context.allowTF32CuDNN(), before_product = context.allowTF32CuBLAS();
    for (const bool outer : {true, false}) {
        const Tf32Scope training(torch::kCUDA, outer);
        EXPECT_EQ(context.allowTF32CuDNN(), outer);
        EXPECT_EQ(context.allowTF32CuBLAS(), outer);
        {
            const Tf32Scope inner(torch::kCUDA, !outer);
            EXPECT_EQ(context.allowTF32CuDNN(), !outer);
            const Tf32Scope host(torch::kCPU, outer);
            EXPECT_EQ(context.allowTF32CuBLAS(), !outer);
        }
        EXPECT_EQ(context.allowTF32CuDNN(), outer);
        EXPECT_EQ(context.allowTF32CuBLAS(), outer);
    }
    EXPECT_EQ(context.allowTF32CuDNN(), before);
    EXPECT_EQ(context.allowTF32CuBLAS(), before_product);
}

TEST(Tf32, LosesNothingOfCodesWithinTheBound) {
    for (int code = 0; code <= 2048; ++code) EXPECT_EQ(to_tf32(static_cast<float>(code)), static_cast<float>(code));
    EXPECT_NE(to_tf32(2049), 2049);
    // The most terms that 8-bit codes leave exact: added in float32 in any order, the sum is the integers'.
    constexpr int64_t kMost = 518;
    EXPECT_TRUE(is_exact_in_tf32(kMost, 255, 127));
    EXPECT_FALSE(is_exact_in_tf32(kMost + 1, 255, 127));
    EXPECT_FALSE(is_exact_in_tf32(1, 4095, 1));
    std::mt19937 random(1995);
    for (int round = 0; round < 100; ++round) {
        float sum = 0;
        int64_t exact = 0;
        for (int64_t i = 0; i < kMost; ++i) {
            const int x = round == 0 ? 255 : static_cast<int>(random() % 256),
                      w = round == 0 ? 127 : static_cast<int>(random() % 255) - 127;
            sum += to_tf32(static_cast<float>(x)) * to_tf32(static_cast<float>(w));
            exact += x * w;
        }
        EXPECT_EQ(static_cast<int64_t>(sum), exact) << "seed 1995, round " << round;
    }
}

}  // namespace
}  // namespace f8net
