// SPDX-License-Identifier: Apache-2.0
#include "core/training/sgd.h"

#include <algorithm>
#include <sstream>

#include "core/base/error.h"

namespace f8net {

Sgd::Sgd(std::vector<Parameter> parameters, double momentum, bool nesterov)
    : parameters_(std::move(parameters)), momentum_(momentum), nesterov_(nesterov) {}

void Sgd::step(double learning_rate) {
    const torch::NoGradGuard no_grad;
    // Parameters that decay alike go through one multi-tensor operation together.
    std::map<double, std::array<std::vector<torch::Tensor>, 3>> groups;
    for (const Parameter& parameter : parameters_) {
        torch::Tensor gradient = parameter.tensor.grad();
        if (!gradient.defined()) continue;
        // The operation walks over memory: all three in the parameter's order.
        if (gradient.strides() != parameter.tensor.strides())
            gradient = torch::empty_like(parameter.tensor).copy_(gradient);
        auto [buffer, is_new] = buffers_.try_emplace(parameter.name);
        if (is_new) buffer->second = torch::zeros_like(parameter.tensor);
        auto& [tensors, gradients, velocities] = groups[parameter.weight_decay];
        tensors.push_back(parameter.tensor);
        gradients.push_back(gradient);
        velocities.push_back(buffer->second);
    }
    for (auto& [weight_decay, group] : groups) {
        auto& [tensors, gradients, velocities] = group;
        at::_fused_sgd_(tensors, gradients, velocities, weight_decay, momentum_, learning_rate, /*dampening=*/0,
                        nesterov_, /*maximize=*/false, /*is_first_step=*/false);
    }
}

void Sgd::zero_grad() {
    for (Parameter& parameter : parameters_) parameter.tensor.mutable_grad().reset();
}

void Sgd::load_momentum_buffers(const std::map<std::string, torch::Tensor>& buffers) {
    buffers_.clear();
    for (const auto& [name, saved] : buffers) {
        const auto parameter = std::find_if(parameters_.begin(), parameters_.end(),
                                            [&name = name](const Parameter& p) { return p.name == name; });
        std::ostringstream got;
        got << "momentum " << saved.sizes();
        if (parameter == parameters_.end()) throw ShapeError(name, "a parameter of this network", got.str());
        if (parameter->tensor.sizes() != saved.sizes()) {
            std::ostringstream expected;
            expected << parameter->tensor.sizes();
            throw ShapeError(name, expected.str(), got.str());
        }
        torch::Tensor buffer = torch::zeros_like(parameter->tensor);
        buffer.copy_(saved);
        buffers_.emplace(name, buffer);
    }
}

}  // namespace f8net
