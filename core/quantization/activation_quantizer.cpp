// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/activation_quantizer.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"
#include "core/fixedpoint/running_length.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/device_lengths.h"
#include "core/quantization/host_tensor.h"
#include "core/quantization/tensor_format.h"

namespace f8net {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// eta of one length on a CPU: one number and its slope.
class ClipScale : public torch::autograd::Function<ClipScale> {
public:
    static Tensor forward(AutogradContext* context, const Tensor& alpha, double scale, double span) {
        const bool is_float = alpha.scalar_type() == torch::kFloat;
        const double level = value_of(alpha);
        context->saved_data["slope"] = (level > 0 ? scale : level < 0 ? -scale : 0.0) / span;
        return host_scalar(
            alpha, is_float ? static_cast<double>(f8net::clip_scale(
                                  static_cast<float>(level), static_cast<float>(scale), static_cast<float>(span)))
                            : f8net::clip_scale(level, scale, span));
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const double slope = context->saved_data["slope"].toDouble();
        return {host_scalar(gradients[0], value_of(gradients[0]) * slope), Tensor(), Tensor()};
    }
};

/// The same where alpha and the running length are in a device's memory.
class ClipScaleOnDevice : public torch::autograd::Function<ClipScaleOnDevice> {
public:
    static Tensor forward(AutogradContext* context, const Tensor& alpha, const Tensor& running, int64_t word_length,
                          bool is_signed) {
        device::ClipScale scale = device::clip_scale(alpha, running, {static_cast<int>(word_length), is_signed});
        context->save_for_backward({scale.slope});
        return scale.eta;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        return {gradients[0] * context->get_saved_variables()[0], Tensor(), Tensor(), Tensor()};
    }
};

/// What the running lengths stand for, without a look at one that is on a device.
ChosenLengths length_of_running(const RunningLengths& running, int largest, const std::string& tensor) {
    if (!running.on_device().defined()) return running.rounded(largest);
    const torch::NoGradGuard no_grad;
    return {device::rounded_length(running.on_device(), largest), tensor};
}

}  // namespace

void RunningLengths::to(torch::Device device, torch::ScalarType precision) {
    const std::vector<double> now = values();
    precision_ = precision;
    on_device_ = now.size() == 1 && registered_kernels(device.type())
                     ? torch::full({1}, now[0], torch::TensorOptions(precision).device(device))
                     : Tensor();
    values_ = now;
}

std::vector<double> RunningLengths::values() const {
    return on_device_.defined() ? std::vector<double>{on_device_.item<double>()} : values_;
}

void RunningLengths::update(const FractionalLengths& batch, double momentum) {
    std::vector<double> updated = values();
    for (size_t i = 0; i < updated.size(); ++i) {
        const int length = batch[batch.size() == 1 ? 0 : i];
        updated[i] =
            is_double()
                ? averaged_length(updated[i], length, momentum, 1 - momentum)
                : static_cast<double>(averaged_length(static_cast<float>(updated[i]), length,
                                                      static_cast<float>(momentum), static_cast<float>(1 - momentum)));
    }
    set(updated, "");
}

FractionalLengths RunningLengths::rounded(int largest) const {
    FractionalLengths lengths;
    for (const double value : values()) lengths.push_back(rounded_length(value, largest));
    return lengths;
}

void RunningLengths::set(const std::vector<double>& values, const std::string& layer) {
    if (values.size() == values_.size()) {
        values_ = values;
    } else if (values.size() == 1) {
        std::fill(values_.begin(), values_.end(), values[0]);
    } else {
        throw ShapeError(layer + ".input_fraclen", std::to_string(values_.size()) + " values",
                         std::to_string(values.size()));
    }
    const torch::NoGradGuard no_grad;
    if (on_device_.defined()) on_device_.fill_(values_[0]);
}

ActivationQuantizer::ActivationQuantizer(Options options, const QuantizationConfig& settings,
                                         std::shared_ptr<ClipLevel> clip_level,
                                         std::shared_ptr<RunningLengths> running_lengths)
    : options_(std::move(options)),
      settings_(settings),
      clip_level_(std::move(clip_level)),
      running_lengths_(std::move(running_lengths)),
      number_(watch() ? watch()->add(options_.layer + ": input") : 0) {}

bool ActivationQuantizer::uses_clip_level(NumericMode mode) const {
    return settings_.clipping && !options_.reads_pixels && mode != NumericMode::kFloatUnclipped;
}

FractionalLengths ActivationQuantizer::lengths(NumericMode mode) const {
    if (options_.reads_pixels) return {8};
    if (mode == NumericMode::kFloat) return {std::min(settings_.input_format.fractional_length, largest_length())};
    return running_lengths_->rounded(largest_length());
}

int ActivationQuantizer::largest_length() const {
    return settings_.input_format.word_length - (options_.is_signed ? 1 : 0);
}

Tensor ActivationQuantizer::clip_scale(NumericMode mode) const {
    if (!uses_clip_level(mode)) return {};
    const Tensor& alpha = clip_level_->alpha;
    const Tensor& on_device = running_lengths_->on_device();
    if (mode != NumericMode::kFloat && on_device.defined() && alpha.dim() == 0) {
        return ClipScaleOnDevice::apply(alpha, on_device, int64_t{range().word_length}, range().is_signed);
    }
    const FractionalLengths chosen = lengths(mode);
    if (chosen.size() == 1 && alpha.device().is_cpu() && alpha.dim() == 0) {
        return ClipScale::apply(alpha, std::ldexp(1.0, chosen[0]), range().highest());
    }
    // The order of operations is part of the method: codes depend on it.
    // The divisor lies on the device: by a host number, a GPU multiplies with its reciprocal, which rounds otherwise.
    const Tensor span = torch::scalar_tensor(range().highest(), alpha.options().requires_grad(false));
    return power_of_two(chosen, 0, 1, alpha.options()) * alpha.abs() / span;
}

FractionalLengths ActivationQuantizer::choose_lengths(const Tensor& x) {
    if (options_.reads_pixels || settings_.format_policy == FormatPolicy::kFixed)
        return lengths(NumericMode::kFakeQuant);
    FractionalLengths chosen =
        choose_fractional_lengths(x, range(), settings_.format_policy, settings_.statistic, granularity(),
                                  options_.channel_axis, options_.layer + ": input");
    running_lengths_->update(chosen, settings_.momentum);
    return chosen;
}

ActivationQuantizer::Result ActivationQuantizer::quantize(const Tensor& x, NumericMode mode, bool is_training) {
    if (options_.reads_pixels) return {fake_quantize(x * (255.0 / 256.0), {8, false}, {8}), FractionalLengths{8}, {}};
    if (mode == NumericMode::kFloatUnclipped)
        return {options_.is_signed ? x : x.relu(),
                length_of_running(*running_lengths_, largest_length(), options_.layer + ": input"),
                {}};
    if (mode == NumericMode::kFloat)
        return {fake_clip(x, range(), lengths(mode), options_.channel_axis), lengths(mode), {}};
    if (is_training && settings_.format_policy != FormatPolicy::kFixed) return quantize_as_batch_asks(x);
    return quantize_as_running(x, is_training);
}

ActivationQuantizer::Result ActivationQuantizer::quantize_as_batch_asks(const Tensor& x) {
    Quantized chosen = choose_and_quantize(x, range(), settings_.format_policy, settings_.statistic, granularity(),
                                           options_.channel_axis, options_.layer + ": input");
    const bool stays_there = chosen.lengths.on_device().defined() && running_lengths_->on_device().defined() &&
                             watch() && watch()->note().defined();
    if (stays_there) {
        device::follow(chosen.lengths.on_device(), running_lengths_->on_device(), settings_.momentum, watch()->note(),
                       number_);
    } else {
        running_lengths_->update(chosen.lengths.read(), settings_.momentum);
    }
    return {std::move(chosen.values), std::move(chosen.lengths), std::move(chosen.codes)};
}

ActivationQuantizer::Result ActivationQuantizer::quantize_as_running(const Tensor& x, bool is_training) {
    constexpr int kByte = 8;
    if (!running_lengths_->on_device().defined() || !has_device_kernels(x) || range().word_length > kByte) {
        FractionalLengths chosen = lengths(NumericMode::kFakeQuant);
        Tensor values = fake_quantize(x, range(), chosen, options_.channel_axis);
        return {std::move(values), std::move(chosen), {}};
    }
    const bool wants_codes = is_training || (torch::GradMode::is_enabled() && x.requires_grad());
    ChosenLengths chosen = length_of_running(*running_lengths_, largest_length(), options_.layer + ": input");
    device::Codes made;
    {
        const torch::NoGradGuard no_grad;
        made = device::quantize_as_chosen(x, range(), chosen.on_device(), wants_codes);
    }
    Tensor values = with_gradient_by_code(x, made.values, made.codes, range());
    return {std::move(values), std::move(chosen), std::move(made.codes)};
}

}  // namespace f8net
