// SPDX-License-Identifier: Apache-2.0
#include "core/training/sgd.h"

#include <algorithm>
#include <sstream>

#include "core/base/error.h"

namespace f8net {
namespace {

/// The memory of a dense tensor on a CPU in its own order. The fused operation walks over memory; of what is not
/// row-major it would first make a row-major copy, which it never reads. Made without a call of an operator.
torch::Tensor in_memory_order(const torch::Tensor& tensor) {
    if (!tensor.is_cpu() || tensor.is_contiguous() || !tensor.is_non_overlapping_and_dense()) return tensor;
    torch::Tensor flat =
        at::detail::make_tensor<c10::TensorImpl>(c10::Storage(tensor.storage()), tensor.key_set(), tensor.dtype());
    flat.unsafeGetTensorImpl()->set_storage_offset(tensor.storage_offset());
    flat.unsafeGetTensorImpl()->set_sizes_contiguous({tensor.numel()});
    return flat;
}

}  // namespace

Sgd::Sgd(std::vector<Parameter> parameters, double momentum, bool nesterov)
    : parameters_(std::move(parameters)), momentum_(momentum), nesterov_(nesterov) {}

// LibTorch's backward() would detach each gradient on its way into the parameter, two calls of an operator each.
void Sgd::add_gradients_of(const torch::Tensor& loss) {
    std::vector<torch::Tensor> tensors;
    for (const Parameter& parameter : parameters_) tensors.push_back(parameter.tensor);
    torch::autograd::variable_list gradients = torch::autograd::grad({loss}, tensors, /*grad_outputs=*/{},
                                                                     /*retain_graph=*/false, /*create_graph=*/false,
                                                                     /*allow_unused=*/true);
    const torch::NoGradGuard no_grad;
    for (size_t i = 0; i < gradients.size(); ++i) {
        torch::Tensor& gradient = gradients[i];
        if (!gradient.defined()) continue;
        torch::Tensor& sum = tensors[i].mutable_grad();
        if (sum.defined()) {
            sum.add_(gradient);
            continue;
        }
        // It is taken as it is where nobody else holds its memory: step() writes to it.
        const bool is_own =
            gradient.use_count() == 1 && gradient.storage().use_count() == 1 && gradient.is_non_overlapping_and_dense();
        sum = is_own ? std::move(gradient) : gradient.clone();
    }
}

void Sgd::set_learning_rate(double rate) {
    rate_ = rate;
    if (parameters_.empty() || parameters_.front().tensor.device().is_cpu()) return;
    const auto options = torch::TensorOptions(torch::kFloat).device(parameters_.front().tensor.device());
    if (!rate_on_device_.defined()) rate_on_device_ = torch::empty({}, options);
    rate_on_device_.fill_(rate);
}

void Sgd::step(const torch::Tensor& skip) {
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
        tensors.push_back(in_memory_order(parameter.tensor));
        gradients.push_back(in_memory_order(gradient));
        velocities.push_back(in_memory_order(buffer->second));
    }
    for (auto& [weight_decay, group] : groups) {
        auto& [tensors, gradients, velocities] = group;
        const auto found_inf = skip.defined() ? std::optional(skip) : std::nullopt;
        const auto step_at = [&](const auto& rate) {
            at::_fused_sgd_(tensors, gradients, velocities, weight_decay, momentum_, rate, /*dampening=*/0, nesterov_,
                            /*maximize=*/false, /*is_first_step=*/false, /*grad_scale=*/{}, found_inf);
        };
        if (rate_on_device_.defined()) {
            step_at(rate_on_device_);
        } else {
            step_at(rate_);
        }
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
