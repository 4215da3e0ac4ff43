// SPDX-License-Identifier: Apache-2.0
#include "core/modules/tf32.h"

#include <gtest/gtest.h>

namespace f8net {
namespace {

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

}  // namespace
}  // namespace f8net
