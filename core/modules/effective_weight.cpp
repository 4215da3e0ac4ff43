// SPDX-License-Identifier: Apache-2.0
#include "core/modules/effective_weight.h"

#include <optional>
#include <vector>

#include "core/quantization/device_channels.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/elementwise_kernels.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Dense on the CPU, with one block of memory per output channel.
bool has_rows_on_cpu(const Tensor& weight) {
    return weight.device().is_cpu() &&
           (weight.scalar_type() == torch::kFloat || weight.scalar_type() == torch::kDouble) &&
           (weight.is_contiguous() || weight.is_contiguous(at::MemoryFormat::ChannelsLast));
}

bool has_rows_on_device(const Tensor& weight) {
    return has_device_kernels(weight) && weight.dim() == 4 &&
           (weight.is_contiguous() || weight.is_contiguous(at::MemoryFormat::ChannelsLast));
}

double value_or_one(const Tensor& scale) {
    return scale.defined() ? scale.item<double>() : 1.0;
}

std::vector<double> values_or_ones(const Tensor& gain, int64_t count) {
    if (!gain.defined()) return std::vector<double>(static_cast<size_t>(count), 1.0);
    const Tensor values = gain.to(torch::kDouble).contiguous();
    return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

template <typename T>
Tensor scaled(const Tensor& weight, const std::vector<double>& gain, double eta, double eta_next) {
    Tensor out = torch::empty_like(weight);
    const std::vector<T> factor(gain.begin(), gain.end());
    const int64_t rows = weight.size(0);
    scale_rows<T>(weight.const_data_ptr<T>(), out.mutable_data_ptr<T>(), rows, weight.numel() / rows, factor.data(),
                  static_cast<T>(eta), static_cast<T>(eta_next));
    return out;
}

template <typename T>
Tensor scaled_with_products(const Tensor& grad, const Tensor& weight, const std::vector<double>& factors,
                            std::vector<double>& products) {
    Tensor out = torch::empty_like(weight);
    const std::vector<T> factor(factors.begin(), factors.end());
    const int64_t rows = weight.size(0);
    scale_rows_with_products<T>(grad.const_data_ptr<T>(), weight.const_data_ptr<T>(), out.mutable_data_ptr<T>(), rows,
                                weight.numel() / rows, factor.data(), products.data());
    return out;
}

class EffectiveWeight : public torch::autograd::Function<EffectiveWeight> {
public:
    using Optional = std::optional<Tensor>;  // autograd takes no undefined tensors

    static Tensor forward(AutogradContext* context, const Tensor& weight, const Optional& gain_in,
                          const Optional& eta_in, const Optional& eta_next_in) {
        const Tensor gain = gain_in.value_or(Tensor()), eta = eta_in.value_or(Tensor()),
                     eta_next = eta_next_in.value_or(Tensor());
        context->save_for_backward({weight, gain, eta, eta_next});
        if (has_device_kernels(weight)) return device::scale_rows(weight, gain, eta, eta_next);
        const std::vector<double> factors = values_or_ones(gain, weight.size(0));
        return weight.scalar_type() == torch::kFloat
                   ? scaled<float>(weight, factors, value_or_one(eta), value_or_one(eta_next))
                   : scaled<double>(weight, factors, value_or_one(eta), value_or_one(eta_next));
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Tensor &weight = saved[0], &gain = saved[1], &eta = saved[2], &eta_next = saved[3];
        // Same memory order as the weight, so that one flat sweep fits both.
        const Tensor grad =
            gradients[0].strides() == weight.strides() ? gradients[0] : torch::empty_like(weight).copy_(gradients[0]);
        if (has_device_kernels(weight)) return backward_on_device(grad, weight, gain, eta, eta_next);
        const double in = value_or_one(eta), out = value_or_one(eta_next);
        const std::vector<double> gains = values_or_ones(gain, weight.size(0));
        std::vector<double> factors(gains), products(gains.size());
        for (double& factor : factors) factor = factor * in / out;
        Tensor grad_weight = weight.scalar_type() == torch::kFloat
                                 ? scaled_with_products<float>(grad, weight, factors, products)
                                 : scaled_with_products<double>(grad, weight, factors, products);
        double sum = 0;
        for (size_t i = 0; i < gains.size(); ++i) sum += gains[i] * products[i];
        Tensor grad_gain, grad_eta, grad_eta_next;
        if (gain.defined()) {
            for (double& product : products) product *= in / out;
            grad_gain = torch::tensor(products, torch::kDouble).to(gain.scalar_type());
        }
        if (eta.defined()) grad_eta = torch::full_like(eta, sum / out);
        if (eta_next.defined()) grad_eta_next = torch::full_like(eta_next, -sum * in / (out * out));
        return {grad_weight, grad_gain, grad_eta, grad_eta_next};
    }

private:
    /// The same without a number that the host would have to wait for.
    static variable_list backward_on_device(const Tensor& grad, const Tensor& weight, const Tensor& gain,
                                            const Tensor& eta, const Tensor& eta_next) {
        Tensor grad_gain, grad_eta, grad_eta_next;
        if (gain.defined() || eta.defined() || eta_next.defined()) {
            // d (gain eta / eta_next) of each row, and of the rows together.
            const Tensor rows = (grad * weight).sum({1, 2, 3}, false, torch::kDouble);
            const Tensor sum = gain.defined() ? (rows * gain).sum() : rows.sum();
            const Tensor in = eta.defined() ? eta.to(torch::kDouble) : torch::ones_like(sum);
            const Tensor out = eta_next.defined() ? eta_next.to(torch::kDouble) : torch::ones_like(sum);
            if (gain.defined()) grad_gain = (rows * (in / out)).to(gain.scalar_type());
            if (eta.defined()) grad_eta = (sum / out).to(eta.scalar_type());
            if (eta_next.defined()) grad_eta_next = (-sum * in / (out * out)).to(eta_next.scalar_type());
        }
        return {device::scale_rows(grad, gain, eta, eta_next), grad_gain, grad_eta, grad_eta_next};
    }
};

}  // namespace

Tensor effective_weight(const Tensor& weight, const Tensor& gain, const Tensor& eta, const Tensor& eta_next) {
    const bool is_per_tensor = !(eta.defined() && eta.dim() > 0) && !(eta_next.defined() && eta_next.dim() > 0);
    if (is_per_tensor && (has_rows_on_cpu(weight) || has_rows_on_device(weight))) {
        const auto optional = [](const Tensor& tensor) {
            return tensor.defined() ? std::optional(tensor) : std::nullopt;
        };
        return EffectiveWeight::apply(weight, optional(gain), optional(eta), optional(eta_next));
    }
    Tensor effective = gain.defined() ? gain.view({-1, 1, 1, 1}) * weight : weight;
    if (eta.defined()) effective = effective * eta;
    return eta_next.defined() ? effective / eta_next : effective;
}

}  // namespace f8net
