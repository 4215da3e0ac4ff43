// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/activation_quantizer.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/quantization/tensor_format.h"

namespace f8net {

using torch::Tensor;

void RunningLengths::update(const FractionalLengths& batch, double momentum) {
    for (size_t i = 0; i < values_.size(); ++i) {
        const double length = batch[batch.size() == 1 ? 0 : i];
        if (is_double_) {
            values_[i] = momentum * length + (1 - momentum) * values_[i];
        } else {
            const float added = static_cast<float>(momentum) * static_cast<float>(length);
            const float kept = static_cast<float>(1 - momentum) * static_cast<float>(values_[i]);
            values_[i] = static_cast<double>(added + kept);
        }
    }
}

FractionalLengths RunningLengths::rounded(int largest) const {
    FractionalLengths lengths;
    for (const double value : values_)
        lengths.push_back(std::clamp(static_cast<int>(std::nearbyint(value)), 0, largest));
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
}

ActivationQuantizer::ActivationQuantizer(Options options, const QuantizationConfig& settings,
                                         std::shared_ptr<ClipLevel> clip_level,
                                         std::shared_ptr<RunningLengths> running_lengths)
    : options_(std::move(options)),
      settings_(settings),
      clip_level_(std::move(clip_level)),
      running_lengths_(std::move(running_lengths)) {}

bool ActivationQuantizer::uses_clip_level(NumericMode mode) const {
    return settings_.clipping && !options_.reads_pixels && mode != NumericMode::kFloatUnclipped;
}

FractionalLengths ActivationQuantizer::lengths(NumericMode mode) const {
    if (options_.reads_pixels) return {8};
    const int largest = settings_.input_format.word_length - (options_.is_signed ? 1 : 0);
    if (mode == NumericMode::kFloat) return {std::min(settings_.input_format.fractional_length, largest)};
    return running_lengths_->rounded(largest);
}

Tensor ActivationQuantizer::clip_scale(NumericMode mode) const {
    if (!uses_clip_level(mode)) return {};
    const Tensor& alpha = clip_level_->alpha;
    // The order of operations is part of the method: codes depend on it.
    // The divisor lies on the device: by a host number, a GPU multiplies with its reciprocal, which rounds otherwise.
    const Tensor span = torch::scalar_tensor(range().highest(), alpha.options().requires_grad(false));
    return power_of_two(lengths(mode), 0, 1, alpha.options()) * alpha.abs() / span;
}

ActivationQuantizer::Result ActivationQuantizer::quantize(const Tensor& x, NumericMode mode, bool is_training) {
    if (options_.reads_pixels) return {fake_quantize(x * (255.0 / 256.0), {8, false}, {8}), {8}};
    if (mode == NumericMode::kFloatUnclipped) return {options_.is_signed ? x : x.relu(), lengths(mode)};
    if (mode == NumericMode::kFloat)
        return {fake_clip(x, range(), lengths(mode), options_.channel_axis), lengths(mode)};
    if (is_training && settings_.format_policy != FormatPolicy::kFixed) {
        const Granularity granularity = options_.may_be_per_channel ? settings_.granularity : Granularity::kPerTensor;
        Quantized chosen = choose_and_quantize(x, range(), settings_.format_policy, settings_.statistic, granularity,
                                               options_.channel_axis, options_.layer + ": input");
        running_lengths_->update(chosen.lengths, settings_.momentum);
        return {std::move(chosen.values), std::move(chosen.lengths)};
    }
    FractionalLengths chosen = lengths(mode);
    Tensor values = fake_quantize(x, range(), chosen, options_.channel_axis);
    return {std::move(values), std::move(chosen)};
}

}  // namespace f8net
