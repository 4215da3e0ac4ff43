// SPDX-License-Identifier: Apache-2.0
#include "core/training/sgd.h"

#include <gmock/gmock.h>

#include <limits>

#include "core/base/error.h"

namespace f8net {
namespace {

/// A few steps on a quadratic, against LibTorch's own optimizer.
void compare_with_libtorch(bool nesterov, double weight_decay) {
    torch::manual_seed(7);
    const torch::Tensor start = torch::randn({5, 3}, torch::kFloat64);
    const torch::Tensor pull = torch::randn({5, 3}, torch::kFloat64);
    torch::Tensor ours = start.clone().requires_grad_();
    torch::Tensor theirs = start.clone().requires_grad_();
    Sgd sgd({{"w", ours, weight_decay}}, 0.9, nesterov);
    sgd.set_learning_rate(0.05);
    torch::optim::SGD reference(
        {theirs}, torch::optim::SGDOptions(0.05).momentum(0.9).nesterov(nesterov).weight_decay(weight_decay));
    for (int step = 0; step < 6; ++step) {
        sgd.zero_grad();
        reference.zero_grad();
        ((ours - pull) * (ours - pull)).sum().backward();
        ((theirs - pull) * (theirs - pull)).sum().backward();
        sgd.step();
        reference.step();
    }
    // Up to the last place: the one operation may fuse what the two here round apart.
    EXPECT_TRUE(torch::allclose(ours.detach(), theirs.detach(), 1e-15, 1e-15)) << ours << theirs;
}

TEST(Sgd, EqualsLibTorchWithNesterov) {
    compare_with_libtorch(true, 4e-5);
}
TEST(Sgd, EqualsLibTorchWithPlainMomentum) {
    compare_with_libtorch(false, 0);
}

TEST(Sgd, LeavesAParameterWithoutGradientAlone) {
    torch::Tensor used = torch::ones({2}).requires_grad_();
    torch::Tensor unused = torch::ones({}).requires_grad_();
    Sgd sgd({{"used", used, 0.1}, {"alpha", unused, 0.1}}, 0.9, true);
    used.sum().backward();
    sgd.set_learning_rate(0.1);
    sgd.step();
    EXPECT_EQ(unused.item<float>(), 1.0F);
    EXPECT_LT(used[0].item<float>(), 1.0F);
    EXPECT_EQ(sgd.momentum_buffers().size(), 1U);
}

TEST(Sgd, ChangesNothingWhereTheDeviceSaysSo) {
    for (const auto type : {torch::kFloat, torch::kDouble}) {
        torch::Tensor weight = torch::ones({40, 3}, type).requires_grad_();
        Sgd sgd({{"w", weight, 0.1}}, 0.9, true);
        sgd.set_learning_rate(0.1);
        const torch::Tensor skip = torch::zeros({});
        for (const double skips : {0.0, 1.0, 0.0}) {
            const torch::Tensor before = weight.detach().clone();
            const bool has_momentum = sgd.momentum_buffers().contains("w");
            const torch::Tensor momentum = has_momentum ? sgd.momentum_buffers().at("w").clone() : torch::Tensor();
            skip.fill_(skips);
            sgd.zero_grad();
            weight.square().sum().backward();
            if (skips != 0) weight.mutable_grad()[0][0] = std::numeric_limits<double>::quiet_NaN();
            sgd.step(skip);
            EXPECT_EQ(torch::equal(weight.detach(), before), skips != 0);
            if (!has_momentum) continue;
            EXPECT_EQ(torch::equal(sgd.momentum_buffers().at("w"), momentum), skips != 0);
        }
    }
}

TEST(Sgd, AddsTheGradientsOfBackward) {
    const std::vector<torch::Tensor> ours = {torch::rand({3, 2}).requires_grad_(), torch::rand({3, 2}).requires_grad_(),
                                             torch::rand({2, 3}).requires_grad_(), torch::ones({}).requires_grad_()};
    std::vector<torch::Tensor> theirs;
    std::vector<Sgd::Parameter> parameters;
    for (const torch::Tensor& tensor : ours) {
        theirs.push_back(tensor.detach().clone().requires_grad_());
        parameters.push_back({std::to_string(parameters.size()), tensor});
    }
    // One gradient of two parameters, a transposed one, and a parameter without.
    const torch::Tensor factor = torch::rand({3, 2});
    const auto loss_of = [&](const std::vector<torch::Tensor>& p) { return ((p[0] + p[1] + p[2].t()) * factor).sum(); };
    Sgd sgd(parameters, 0.9, true);
    for (int step = 0; step < 2; ++step) {
        sgd.add_gradients_of(loss_of(ours));
        loss_of(theirs).backward();
        for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::equal(ours[i].grad(), theirs[i].grad())) << i;
        EXPECT_FALSE(ours[3].grad().defined());
    }
    EXPECT_NE(ours[0].grad().data_ptr(), ours[1].grad().data_ptr());
}

TEST(Sgd, RefusesMomentumOfAnotherShape) {
    torch::Tensor weight = torch::ones({2, 3}).requires_grad_();
    Sgd sgd({{"w", weight, 0}}, 0.9, true);
    EXPECT_THROW(sgd.load_momentum_buffers({{"w", torch::zeros({3, 2})}}), ShapeError);
    EXPECT_THROW(sgd.load_momentum_buffers({{"v", torch::zeros({2, 3})}}), ShapeError);
}

}  // namespace
}  // namespace f8net
