// SPDX-License-Identifier: Apache-2.0
#include "core/modules/skipped_pixels.h"

#include <gtest/gtest.h>

namespace f8net {
namespace {

using torch::Tensor;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

TEST(SkippedPixels, AreThoseOfASliceAndGoBackToWhereTheyWere) {
    for (const auto type : {torch::kFloat, torch::kDouble}) {
        for (const auto& [height, width, stride] :
             {std::tuple<int64_t, int64_t, int64_t>{7, 8, 2}, {8, 7, 2}, {1, 1, 2}, {10, 11, 3}}) {
            const Tensor x = torch::arange(2 * 5 * height * width, type).view({2, 5, height, width}).contiguous(kRows);
            const auto slice_of = [stride = stride](const Tensor& all) {
                return all.slice(2, 0, std::nullopt, stride).slice(3, 0, std::nullopt, stride);
            };
            const Tensor pixels = gather_pixels(x, stride);
            EXPECT_TRUE(pixels.is_contiguous(kRows));
            EXPECT_TRUE(torch::equal(pixels, slice_of(x))) << height << " x " << width << " by " << stride;
            Tensor expected = torch::zeros_like(x);
            slice_of(expected).copy_(pixels);
            EXPECT_TRUE(torch::equal(scatter_pixels(pixels, x.sizes(), stride), expected))
                << height << " x " << width << " by " << stride;
        }
    }
}

}  // namespace
}  // namespace f8net
