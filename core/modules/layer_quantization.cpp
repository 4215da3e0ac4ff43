// SPDX-License-Identifier: Apache-2.0
#include "core/modules/layer_quantization.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/base/error.h"
#include "core/fixedpoint/format_choice.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/device_lengths.h"
#include "core/quantization/elementwise_kernels.h"
#include "core/quantization/host_tensor.h"
#include "core/quantization/tensor_format.h"

namespace f8net {
namespace {

using torch::Tensor;

template <typename T>
Tensor taps_last(const Tensor& weight) {
    Tensor rows = host_tensor(weight.sizes(), weight);
    to_row_major<T>(weight.const_data_ptr<T>(), rows.mutable_data_ptr<T>(), weight.size(0),
                    weight.size(2) * weight.size(3), weight.size(1));
    return rows;
}
Tensor in_row_major_order(const Tensor& weight) {
    if (weight.is_contiguous()) return weight;
    if (!weight.is_contiguous(at::MemoryFormat::ChannelsLast)) return weight.contiguous();
    return weight.scalar_type() == torch::kFloat ? taps_last<float>(weight) : taps_last<double>(weight);
}

/// On the host by core/fixedpoint, in row-major order: lowering sums in the same order and so finds the same format.
double weight_statistic(const Tensor& weight, Statistic statistic, const std::string& name) {
    if (!weight.device().is_cpu()) return tensor_statistic(weight, statistic);
    const torch::NoGradGuard no_grad;
    const Tensor rows = in_row_major_order(weight);
    const auto count = static_cast<size_t>(rows.numel());
    const int threads = at::get_num_threads();
    if (rows.scalar_type() == torch::kFloat)
        return compute_statistic(std::span(rows.const_data_ptr<float>(), count), statistic, name, threads);
    return compute_statistic(std::span(rows.const_data_ptr<double>(), count), statistic, name, threads);
}

/// 0-D stays; [C] is laid along dimension `axis` of the weight.
Tensor along(const Tensor& scale, int64_t axis, const Tensor& weight) {
    if (!scale.defined() || scale.dim() == 0) return scale;
    if (scale.numel() == 1) return scale.reshape(at::IntArrayRef{});
    std::vector<int64_t> shape(static_cast<size_t>(weight.dim()), 1);
    shape[static_cast<size_t>(axis)] = scale.numel();
    return scale.view(shape);
}

}  // namespace

LayerQuantization::LayerQuantization(std::string layer, const QuantizationConfig& settings,
                                     std::shared_ptr<ActivationQuantizer> input,
                                     std::shared_ptr<ActivationQuantizer> consumer)
    : layer_(std::move(layer)),
      settings_(settings),
      input_(std::move(input)),
      consumer_(std::move(consumer)),
      number_(input_->watch() ? input_->watch()->add(layer_ + ": effective weight") : 0) {}

Tensor LayerQuantization::input_scale(NumericMode mode, const Tensor& weight) const {
    const bool is_depthwise = weight.dim() == 4 && weight.size(1) == 1 && weight.size(0) > 1;
    return along(input_->clip_scale(mode), is_depthwise ? 0 : 1, weight);
}

Tensor LayerQuantization::output_scale(NumericMode mode, const Tensor& weight) const {
    return consumer_ ? along(consumer_->clip_scale(mode), 0, weight) : Tensor();
}

double LayerQuantization::input_scale_value(NumericMode mode) const {
    torch::NoGradGuard no_grad;
    const Tensor scale = input_->clip_scale(mode);
    return scale.defined() ? scale.flatten()[0].item<double>() : 1.0;
}

LayerQuantization::Weight LayerQuantization::quantize_weight(const Tensor& effective, NumericMode mode) const {
    const CodeRange range{settings_.weight_format.word_length, true};
    const int configured = std::min(settings_.weight_format.fractional_length, settings_.weight_format.word_length - 1);
    if (mode == NumericMode::kFloatUnclipped) return {effective, FractionalLengths{configured}, {}};
    if (mode == NumericMode::kFloat)
        return {fake_clip(effective, range, {configured}), FractionalLengths{configured}, {}};
    if (settings_.format_policy != FormatPolicy::kFixed && has_device_kernels(effective)) {
        Quantized chosen = choose_and_quantize(effective, range, settings_.format_policy, settings_.statistic,
                                               settings_.granularity, 0, layer_ + ": effective weight");
        if (const FiniteWatch* watch = input_->watch();
            watch && watch->note().defined() && chosen.lengths.on_device().defined())
            device::follow(chosen.lengths.on_device(), {}, 0, watch->note(), number_);
        return {std::move(chosen.values), std::move(chosen.lengths), std::move(chosen.codes)};
    }
    FractionalLengths lengths = weight_lengths(effective);
    Tensor values = fake_quantize(effective, range, lengths, 0);
    return {std::move(values), std::move(lengths), {}};
}

FractionalLengths LayerQuantization::weight_lengths(const Tensor& effective) const {
    const CodeRange range{settings_.weight_format.word_length, true};
    const std::string name = layer_ + ": effective weight";
    if (settings_.format_policy == FormatPolicy::kFixed)
        return {std::min(settings_.weight_format.fractional_length, range.word_length - 1)};
    if (settings_.format_policy == FormatPolicy::kStatistics && settings_.granularity == Granularity::kPerTensor) {
        if (range.word_length != 8) throw ConfigError(name + ": formats from a statistic need words of 8 bits");
        return {choose_fractional_length(weight_statistic(effective, settings_.statistic, name), settings_.statistic,
                                         true, name)};
    }
    return choose_fractional_lengths(effective, range, settings_.format_policy, settings_.statistic,
                                     settings_.granularity, 0, name);
}

Tensor LayerQuantization::quantize_bias(const Tensor& bias, const FractionalLengths& input,
                                        const FractionalLengths& weight) const {
    if (input.size() != 1)
        throw ConfigError(layer_ + ": a bias cannot be quantized where the input has one format per channel");
    FractionalLengths lengths = weight;
    for (int& length : lengths) length += input[0];
    return fake_quantize(bias, {32, true}, lengths, 0);
}

Tensor LayerQuantization::weight_rescale(const Tensor& raw_weight, const Tensor& multiplied) const {
    torch::NoGradGuard no_grad;
    const double fan_out = static_cast<double>(raw_weight.numel() / raw_weight.size(1));
    if (has_device_kernels(multiplied)) {
        const auto deviation_of = [](const Tensor& weight) {
            return device::statistic_of(device::choose(weight, {8, true}, false, Statistic::kStd));
        };
        const Tensor deviation = deviation_of(multiplied);
        const Tensor numerator = settings_.rescale_type == RescaleType::kConstant
                                     ? torch::full_like(deviation, 1.0 / std::sqrt(fan_out))
                                     : deviation_of(raw_weight);
        return (numerator / deviation).to(raw_weight.scalar_type());
    }
    const double deviation = weight_statistic(multiplied, Statistic::kStd, layer_ + ": weight");
    double numerator = 0;
    if (settings_.rescale_type == RescaleType::kConstant) {
        numerator = 1.0 / std::sqrt(fan_out);
    } else {
        numerator = weight_statistic(raw_weight, Statistic::kStd, layer_ + ": weight");
    }
    return torch::scalar_tensor(numerator / deviation, raw_weight.options().requires_grad(false));
}

IntegerWeights LayerQuantization::integer_form(const Tensor& effective, const Tensor& effective_bias) const {
    torch::NoGradGuard no_grad;
    const FractionalLengths input = input_->lengths(NumericMode::kSimulatedInteger);
    const Weight quantized = quantize_weight(effective, NumericMode::kSimulatedInteger);
    const FractionalLengths& lengths = quantized.lengths.read();
    if (input.size() != 1 || lengths.size() != 1) {
        throw ConfigError(layer_ + ": formats per channel have no integer form; train with granularity per_tensor");
    }
    IntegerWeights form;
    form.input_fractional_length = input[0];
    form.weight_fractional_length = lengths[0];
    form.weight = quantized.values.to(torch::kDouble) * std::ldexp(1.0, lengths[0]);
    // The bias in float64: times a power of two it is exact, and so is its rounding.
    constexpr double highest = 2147483647.0;
    form.bias =
        (effective_bias.to(torch::kDouble) * std::ldexp(1.0, input[0] + lengths[0])).round_().clamp_(-highest, highest);
    const double largest_code = input_->range().highest();
    form.bound = (form.weight.abs().flatten(1).sum(1) * largest_code + form.bias.abs()).max().item<double>();
    return form;
}

}  // namespace f8net
