// SPDX-License-Identifier: Apache-2.0
#include "core/modules/pooling.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace f8net {
namespace {

using torch::Tensor;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

/// The pool with its gradient for a fixed gradient of the output, of x in one memory format.
std::pair<Tensor, Tensor> pooled(const Tensor& values, bool quantizes, at::MemoryFormat order) {
    QuantizationConfig settings;
    settings.quantize_average_pool = quantizes;
    const Tensor x = values.contiguous(order).clone().requires_grad_();
    const Tensor y = final_pool(x, settings);
    y.backward(torch::linspace(-1, 1, y.numel(), y.options().requires_grad(false)).view_as(y));
    return {y.detach(), x.grad()};
}

TEST(FinalPool, IsInChannelsLastWhatItIsInRowMajorOrder) {
    torch::manual_seed(31);
    for (const auto type : {torch::kFloat, torch::kDouble}) {
        for (const int64_t plane : {1, 3, 7}) {
            const Tensor x = torch::randn({3, 19, plane, plane}, type);
            for (const bool quantizes : {false, true}) {
                const auto [expected, expected_gradient] = pooled(x, quantizes, at::MemoryFormat::Contiguous);
                const auto [actual, gradient] = pooled(x, quantizes, kRows);
                const double tolerance = type == torch::kFloat ? 1e-5 : 1e-13;
                EXPECT_TRUE(torch::allclose(actual, expected, tolerance, tolerance)) << plane << quantizes;
                EXPECT_TRUE(torch::allclose(gradient, expected_gradient, tolerance, tolerance)) << plane << quantizes;
                ASSERT_EQ(gradient.sizes(), x.sizes());
            }
        }
    }
}

TEST(FinalPool, RefusesAPlaneThatIsNotSquare) {
    EXPECT_THROW(final_pool(torch::zeros({1, 4, 2, 3}), {}), ShapeError);
}

}  // namespace
}  // namespace f8net
