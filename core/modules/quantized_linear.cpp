// SPDX-License-Identifier: Apache-2.0
#include "core/modules/quantized_linear.h"

#include "core/base/error.h"
#include "core/modules/linear_step.h"
#include "core/quantization/host_tensor.h"

namespace f8net {

using torch::Tensor;

QuantizedLinear::QuantizedLinear(const Layer& layer, LayerQuantization quantization, double pool_scale,
                                 const torch::TensorOptions& options)
    : layer_(layer), quantization_(std::move(quantization)), pool_scale_(pool_scale) {
    weight = torch::zeros(layer.weight_shape(), options).requires_grad_();
    bias = torch::zeros({layer.out_channels}, options).requires_grad_();
}

Tensor QuantizedLinear::effective_weight() const {
    return pool_scale_ == 1 ? weight : weight * pool_scale_;
}

Tensor QuantizedLinear::rescale(const Tensor& quantized) const {
    if (!quantization_.settings().rescale_forward) return {};
    // The rescale belongs to the weight as it would be without the pool's factor, so that logits keep their scale.
    return quantization_.weight_rescale(
        weight, pool_scale_ == 1 ? quantized : quantized / torch::scalar_tensor(pool_scale_, quantized.options()));
}

Tensor QuantizedLinear::evaluation_bias(NumericMode mode, const Tensor& quantized) const {
    Tensor result = bias;
    if (const Tensor eta = quantization_.input_scale(mode, weight); eta.defined()) result = result / eta;
    if (const Tensor ws = rescale(quantized); ws.defined()) result = result / ws;
    return result;
}

Tensor QuantizedLinear::forward(const Tensor& x_in, NumericMode mode, bool is_training, LayerObserver* observer) {
    if (x_in.numel() != x_in.size(0) * layer_.in_channels) {
        throw ShapeError(layer_.name, "[N, " + std::to_string(layer_.in_channels) + "]", c10::str(x_in.sizes()));
    }
    if (is_training && mode == NumericMode::kFakeQuant && can_step_as_one(quantization_, x_in, weight))
        return forward_as_one(x_in, observer);
    const Tensor x = x_in.flatten(1);
    const auto [xq, input_lengths, input_codes] = quantization_.input().quantize(x, mode, is_training);
    const Tensor effective = effective_weight();
    const auto [wq, weight_lengths, weight_codes] = quantization_.quantize_weight(effective, mode);
    Tensor y;
    // Unclipped float evaluates as it trains: there is no scale to leave out.
    if (is_training || mode == NumericMode::kFloatUnclipped) {
        Tensor scaled = wq;
        if (const Tensor ws = rescale(wq.detach()); ws.defined()) scaled = scaled * ws;
        const Tensor eta = quantization_.input_scale(mode, weight);
        y = torch::linear(eta.defined() ? xq * eta : xq, scaled, bias);
    } else {
        Tensor b = evaluation_bias(mode, wq);
        if (quantization_.settings().quantize_bias && mode == NumericMode::kFakeQuant) {
            b = quantization_.quantize_bias(b, input_lengths.read(), weight_lengths.read());
        }
        y = torch::linear(xq, wq, b);
    }
    if (observer != nullptr) {
        observer->on_layer({layer_, x.detach(), xq.detach(), input_lengths.read(), weight.detach(), effective.detach(),
                            wq.detach(), weight_lengths.read(), quantization_.input_scale_value(mode)});
    }
    return y;
}

Tensor QuantizedLinear::forward_as_one(const Tensor& x, LayerObserver* observer) {
    constexpr NumericMode mode = NumericMode::kFakeQuant;
    FractionalLengths lengths;
    {
        const torch::NoGradGuard no_grad;
        lengths = quantization_.input().choose_lengths(x);
    }
    // eta as it is after this batch's update of the running lengths.
    LinearStep step = step_as_one(
        quantization_, {weight, bias, quantization_.input_scale(mode, weight), pool_scale_},
        [this](const Tensor& quantized) { return rescale(quantized); }, x, lengths[0]);
    if (observer != nullptr) {
        const torch::NoGradGuard no_grad;
        const Tensor input = x.detach().flatten(1);
        const CodeRange range{quantization_.settings().weight_format.word_length, true};
        observer->on_layer({layer_, input, fake_quantize(input, quantization_.input().range(), lengths), lengths,
                            weight.detach(), step.effective_weight,
                            fake_quantize(step.effective_weight, range, step.weight_lengths), step.weight_lengths,
                            quantization_.input_scale_value(mode)});
    }
    return std::move(step.y);
}

double QuantizedLinear::logit_scale(NumericMode mode) const {
    if (mode == NumericMode::kFloatUnclipped) return 1;
    torch::NoGradGuard no_grad;
    const Tensor ws = rescale(quantization_.quantize_weight(effective_weight(), mode).values);
    return quantization_.input_scale_value(mode) * (ws.defined() ? ws.item<double>() : 1.0);
}

IntegerWeights QuantizedLinear::integer_weights() const {
    torch::NoGradGuard no_grad;
    const NumericMode mode = NumericMode::kSimulatedInteger;
    const Tensor effective = effective_weight();
    return quantization_.integer_form(effective,
                                      evaluation_bias(mode, quantization_.quantize_weight(effective, mode).values));
}

StoredTensor QuantizedLinear::forward_integer(const StoredTensor& x, LayerObserver* observer) const {
    torch::NoGradGuard no_grad;
    const IntegerWeights form = integer_weights();
    const StoredTensor codes = requantize({x.stored.flatten(1), x.fractional_length, x.bound},
                                          quantization_.input().range(), form.input_fractional_length);
    if (observer != nullptr) observer->on_codes(layer_, codes.stored);
    const Tensor input = as_exact(codes.stored, form.bound);
    const Tensor y = torch::linear(input, form.weight.to(input.scalar_type()), form.bias.to(input.scalar_type()));
    const int fractional_length = form.input_fractional_length + form.weight_fractional_length;
    if (observer != nullptr) observer->on_accumulators(layer_, y, fractional_length);
    return {y, fractional_length, form.bound};
}

}  // namespace f8net
