// SPDX-License-Identifier: Apache-2.0
#include "core/modules/effective_weight.h"

#include <gtest/gtest.h>

namespace f8net {
namespace {

using torch::Tensor;

struct Operands {
    Tensor weight, gain, eta, eta_next;
};

/// The formula in LibTorch's own operations.
Tensor by_operations(const Operands& x) {
    Tensor effective = x.gain.defined() ? x.gain.view({-1, 1, 1, 1}) * x.weight : x.weight;
    if (x.eta.defined()) effective = effective * x.eta;
    return x.eta_next.defined() ? effective / x.eta_next : effective;
}

Operands random_operands(const std::vector<int64_t>& shape, at::MemoryFormat layout, torch::ScalarType type, int mask) {
    const auto options = torch::TensorOptions().dtype(type);
    Operands x;
    x.weight = torch::randn(shape, options).contiguous(layout).requires_grad_();
    if ((mask & 1) != 0) x.gain = (torch::rand({shape[0]}, options) + 0.5).requires_grad_();
    if ((mask & 2) != 0) x.eta = torch::scalar_tensor(1.7, options).requires_grad_();
    if ((mask & 4) != 0) x.eta_next = torch::scalar_tensor(0.3, options).requires_grad_();
    return x;
}

template <typename Check>
void for_each_case(torch::ScalarType type, const Check& check) {
    torch::manual_seed(31);
    for (const std::vector<int64_t>& shape :
         {std::vector<int64_t>{5, 3, 3, 3}, {64, 16, 3, 3}, {33, 1, 3, 3}, {24, 96, 1, 1}, {1, 7, 1, 1}}) {
        for (const at::MemoryFormat layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
            for (int mask = 0; mask < 8; ++mask) check(random_operands(shape, layout, type, mask));
        }
    }
}

TEST(EffectiveWeight, IsTheFormulaBitForBitInFloat32) {
    for_each_case(torch::kFloat, [](const Operands& x) {
        EXPECT_TRUE(torch::equal(effective_weight(x.weight, x.gain, x.eta, x.eta_next), by_operations(x)))
            << x.weight.sizes();
    });
}

TEST(EffectiveWeight, GradientsAreThoseOfTheFormula) {
    for_each_case(torch::kDouble, [](const Operands& x) {
        std::vector<Tensor> inputs;
        for (const Tensor& tensor : {x.weight, x.gain, x.eta, x.eta_next}) {
            if (tensor.defined()) inputs.push_back(tensor);
        }
        // Another layout than the weight's, as a gradient may come in.
        const Tensor upstream = torch::randn_like(x.weight, at::MemoryFormat::Contiguous);
        const auto expected = torch::autograd::grad({(by_operations(x) * upstream).sum()}, inputs);
        const auto actual =
            torch::autograd::grad({(effective_weight(x.weight, x.gain, x.eta, x.eta_next) * upstream).sum()}, inputs);
        for (size_t i = 0; i < inputs.size(); ++i) {
            ASSERT_EQ(actual[i].sizes(), inputs[i].sizes());
            EXPECT_TRUE(torch::allclose(actual[i], expected[i], 1e-11, 1e-11)) << x.weight.sizes() << ", input " << i;
        }
    });
}

TEST(EffectiveWeight, ScalesPerChannelBroadcast) {
    torch::manual_seed(32);
    Operands x = random_operands({6, 4, 3, 3}, at::MemoryFormat::ChannelsLast, torch::kDouble, 1);
    x.eta = torch::rand({1, 4, 1, 1}, torch::kDouble) + 0.5;
    x.eta_next = torch::rand({6, 1, 1, 1}, torch::kDouble) + 0.5;
    EXPECT_TRUE(torch::equal(effective_weight(x.weight, x.gain, x.eta, x.eta_next), by_operations(x)));
}

}  // namespace
}  // namespace f8net
