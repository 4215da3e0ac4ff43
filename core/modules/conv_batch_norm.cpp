// SPDX-License-Identifier: Apache-2.0
#include "core/modules/conv_batch_norm.h"

#include "core/base/error.h"
#include "core/fixedpoint/channel_fold.h"
#include "core/modules/channel_moments.h"
#include "core/modules/conv_batch_norm_device.h"
#include "core/modules/conv_batch_norm_step.h"
#include "core/modules/convolution.h"
#include "core/modules/effective_weight.h"
#include "core/modules/step_part.h"

namespace f8net {

using torch::Tensor;

namespace {

/// sqrt(variance + eps), correctly rounded, with its gradient. LibTorch's float32 square root is off by one in the last
/// place now and then (a quarter of random values), which moves a weight on a tie. Rounding the float64 root gives the
/// IEEE one, which lowering and every other device compute.
Tensor deviation_of(const Tensor& variance) {
    return (variance + ConvBatchNorm::kEpsilon).to(torch::kDouble).sqrt().to(variance.scalar_type());
}

/// running = (1 - momentum) * running + momentum * factor * batch.
template <typename T>
void average_into(Tensor& running, const Tensor& batch, double momentum, double factor) {
    T* to = running.mutable_data_ptr<T>();
    const T* from = batch.const_data_ptr<T>();
    const T kept = static_cast<T>(1 - momentum), added = static_cast<T>(momentum), scale = static_cast<T>(factor);
    for (int64_t c = 0; c < running.numel(); ++c) to[c] = averaged_statistic(to[c], from[c], kept, added, scale);
}

ActivationQuantizer::Result quantize_input(ActivationQuantizer& quantizer, const Tensor& x, NumericMode mode,
                                           bool is_training, bool with_gradient) {
    const StepPart part("quantize");
    const torch::AutoGradMode grad_mode(with_gradient && torch::GradMode::is_enabled());
    return quantizer.quantize(x, mode, is_training);
}

FractionalLengths choose_input_lengths(ActivationQuantizer& quantizer, const Tensor& x) {
    const StepPart part("quantize");
    const torch::NoGradGuard no_grad;
    return quantizer.choose_lengths(x);
}

}  // namespace

ConvBatchNorm::ConvBatchNorm(const Layer& layer, LayerQuantization quantization, const torch::TensorOptions& options)
    : layer_(layer), quantization_(std::move(quantization)) {
    // In the layout that convolutions of channels_last images read and give gradients in, so that nothing is copied
    // between layouts.
    weight = torch::zeros(layer.weight_shape(), options).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    gamma = torch::ones({layer.out_channels}, options).requires_grad_();
    beta = torch::zeros({layer.out_channels}, options).requires_grad_();
    running_mean = torch::zeros({layer.out_channels}, options);
    running_var = torch::ones({layer.out_channels}, options);
}

Tensor ConvBatchNorm::convolve(const Tensor& x, const Tensor& w, const Tensor& bias) const {
    return convolution(x, w, bias, layer_.window, layer_.groups);
}

Tensor ConvBatchNorm::rescaled_weight() const {
    return quantization_.settings().rescale_forward_conv ? weight * quantization_.weight_rescale(weight, weight)
                                                         : weight;
}

void ConvBatchNorm::check_input(const Tensor& x) const {
    if (x.dim() != 4 || x.size(1) != layer_.in_channels) {
        throw ShapeError(layer_.name, "[N, " + std::to_string(layer_.in_channels) + ", H, W]", c10::str(x.sizes()));
    }
}

ConvBatchNorm::Folded ConvBatchNorm::fold_with(const Tensor& mean, const Tensor& deviation, NumericMode mode) const {
    // The order of operations is part of the method: codes depend on it.
    const Tensor gain = gamma / deviation, eta_next = quantization_.output_scale(mode, weight);
    const Tensor effective =
        effective_weight(rescaled_weight(), gain, quantization_.input_scale(mode, weight), eta_next);
    Tensor bias = beta - gain * mean;
    if (eta_next.defined()) bias = bias / (eta_next.dim() == 0 ? eta_next : eta_next.view({-1}));
    return {effective, bias};
}

ConvBatchNorm::Folded ConvBatchNorm::fold(NumericMode mode) const {
    return fold_with(running_mean, deviation_of(running_var), mode);
}

void ConvBatchNorm::update_running(const Tensor& mean, const Tensor& biased_variance, int64_t samples) {
    torch::NoGradGuard no_grad;
    ++num_batches_tracked;
    const double momentum = batch_norm_momentum ? *batch_norm_momentum : 1.0 / static_cast<double>(num_batches_tracked);
    const double unbiased = static_cast<double>(samples) / static_cast<double>(samples - 1);
    if (running_mean.device().is_cpu()) {
        AT_DISPATCH_FLOATING_TYPES(running_mean.scalar_type(), "update_running", [&] {
            average_into<scalar_t>(running_mean, mean, momentum, 1);
            average_into<scalar_t>(running_var, biased_variance, momentum, unbiased);
        });
        return;
    }
    running_mean.mul_(1 - momentum).add_(mean.detach(), momentum);
    running_var.mul_(1 - momentum).add_(biased_variance.detach() * unbiased, momentum);
}

Tensor ConvBatchNorm::forward(const Tensor& x, NumericMode mode, bool is_training, LayerObserver* observer) {
    check_input(x);
    // While its statistics are averaged anew, a layer reads what evaluation will: no format moves.
    const bool is_recalibrating = !batch_norm_momentum.has_value();
    const bool is_step = is_training && !is_recalibrating && mode == NumericMode::kFakeQuant;
    const bool is_on_device = is_step && can_step_on_device(layer_, quantization_, x, weight);
    if (is_step && !is_on_device && can_step_as_one(layer_, quantization_, x, weight))
        return forward_as_one(x, observer);
    const ActivationQuantizer::Result input =
        quantize_input(quantization_.input(), x, mode, is_training && !is_recalibrating, !is_on_device);
    const Tensor& xq = input.values;
    Folded folded;
    LayerQuantization::Weight quantized;
    Tensor y;
    if (is_on_device) {
        auto step = step_on_device(layer_, quantization_, step_parameters(), x, input, running_mean, running_var,
                                   *batch_norm_momentum);
        ++num_batches_tracked;
        y = std::move(step.y);
        folded.weight = std::move(step.effective_weight);
        quantized = std::move(step.quantized_weight);
    } else if (is_training) {
        // eta as it is after this batch's update of the running lengths; it multiplies the weight, which is the smaller
        // tensor.
        const Tensor y0 =
            convolve(xq, effective_weight(rescaled_weight(), {}, quantization_.input_scale(mode, weight), {}), {});
        const int64_t samples = y0.numel() / y0.size(1);
        if (samples < 2)
            throw ShapeError(layer_.name, "at least two values per channel for batch statistics", c10::str(y0.sizes()));
        const auto [mean, variance] = batch_moments(y0);
        update_running(mean, variance, samples);
        folded = fold_with(mean, deviation_of(variance), mode);
        if (second_is_normalized_first(folded.weight, mode)) {
            quantized.values = folded.weight;
            y = normalize(y0, mode);
        } else {
            quantized = quantization_.quantize_weight(folded.weight, mode);
            // Products of codes sum up exactly in any order; with the bias after them, rounded once, every kernel gives
            // the same bits.
            y = convolve(xq, quantized.values, {}).add_(folded.bias.view({1, -1, 1, 1}));
        }
    } else {
        folded = fold(mode);
        quantized = quantization_.quantize_weight(folded.weight, mode);
        Tensor bias = folded.bias;
        if (quantization_.settings().quantize_bias && mode == NumericMode::kFakeQuant) {
            bias = quantization_.quantize_bias(bias, input.lengths.read(), quantized.lengths.read());
        }
        y = convolve(xq, quantized.values, bias);
    }
    if (observer != nullptr) {
        observer->on_layer({layer_, x.detach(), xq.detach(), input.lengths.read(), weight.detach(),
                            folded.weight.detach(), quantized.values.detach(), quantized.lengths.read(),
                            quantization_.input_scale_value(mode)});
    }
    return y;
}

ConvBatchNormParameters ConvBatchNorm::step_parameters() const {
    constexpr NumericMode mode = NumericMode::kFakeQuant;
    // eta as it is after this batch's update of the running lengths.
    return {rescaled_weight(), gamma, beta, quantization_.input_scale(mode, weight),
            quantization_.output_scale(mode, weight)};
}

Tensor ConvBatchNorm::forward_as_one(const Tensor& x, LayerObserver* observer) {
    constexpr NumericMode mode = NumericMode::kFakeQuant;
    const FractionalLengths lengths = choose_input_lengths(quantization_.input(), x);
    ConvBatchNormStep step = step_as_one(layer_, quantization_, step_parameters(), x, lengths[0]);
    update_running(step.mean, step.variance, step.samples);
    if (observer != nullptr) {
        const torch::NoGradGuard no_grad;
        const Tensor reals = layer_.reads_pixels ? x * (255.0 / 256.0) : x;
        const CodeRange input = layer_.reads_pixels ? CodeRange{8, false} : quantization_.input().range();
        const CodeRange range{quantization_.settings().weight_format.word_length, true};
        observer->on_layer({layer_, x.detach(), fake_quantize(reals, input, lengths), lengths, weight.detach(),
                            step.effective_weight, fake_quantize(step.effective_weight, range, step.weight_lengths),
                            step.weight_lengths, quantization_.input_scale_value(mode)});
    }
    return std::move(step.y);
}

bool ConvBatchNorm::second_is_normalized_first(const Tensor& effective, NumericMode mode) const {
    if (mode == NumericMode::kFloatUnclipped) return true;
    if (mode != NumericMode::kFloat) return false;
    // No weight reaches the clip: the clamp is the identity, forward and backward.
    torch::NoGradGuard no_grad;
    const InitialFormat& format = quantization_.settings().weight_format;
    const double highest = CodeRange{format.word_length, true}.highest();
    return effective.detach().abs().max().item<double>() < std::ldexp(highest, -format.fractional_length);
}

Tensor ConvBatchNorm::normalize(const Tensor& y0, NumericMode mode) const {
    Tensor scale = gamma, offset = beta;
    if (Tensor eta_next = quantization_.output_scale(mode, weight); eta_next.defined()) {
        if (eta_next.dim() != 0) eta_next = eta_next.view({-1});
        scale = scale / eta_next;
        offset = offset / eta_next;
    }
    return torch::batch_norm(y0, scale, offset, {}, {}, /*training=*/true, 0.0, kEpsilon, /*cudnn_enabled=*/true);
}

IntegerWeights ConvBatchNorm::integer_weights() const {
    torch::NoGradGuard no_grad;
    const Folded folded = fold(NumericMode::kSimulatedInteger);
    return quantization_.integer_form(folded.weight, folded.bias);
}

StoredTensor ConvBatchNorm::forward_integer(const StoredTensor& x, LayerObserver* observer) const {
    check_input(x.stored);
    torch::NoGradGuard no_grad;
    const IntegerWeights form = integer_weights();
    const StoredTensor codes = requantize(x, quantization_.input().range(), form.input_fractional_length);
    if (observer != nullptr) observer->on_codes(layer_, codes.stored);
    const Tensor input = as_exact(codes.stored, form.bound);
    const Tensor y = convolve(input, form.weight.to(input.scalar_type()), form.bias.to(input.scalar_type()));
    const int fractional_length = form.input_fractional_length + form.weight_fractional_length;
    if (observer != nullptr) observer->on_accumulators(layer_, y, fractional_length);
    return {y, fractional_length, form.bound};
}

}  // namespace f8net
