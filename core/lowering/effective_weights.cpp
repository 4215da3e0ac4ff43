// SPDX-License-Identifier: Apache-2.0
#include "core/lowering/effective_weights.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"

namespace f8net {
namespace {

std::string text(const std::vector<int64_t>& shape) {
    std::string out = "[";
    for (const int64_t dimension : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(dimension);
    return out + "]";
}

void need_finite(const std::vector<float>& values, const std::string& what) {
    for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw NumericError(what + ": element " + std::to_string(i) + " is " + std::to_string(values[i]) +
                               ", expected a finite number");
        }
    }
}

}  // namespace

EffectiveWeights::EffectiveWeights(const TensorMap& checkpoint, const LayerGraph& graph, const LoweringOptions& options)
    : checkpoint_(checkpoint), graph_(graph), options_(options) {
    const std::string first = at(1).name + ".conv.weight";
    if (!checkpoint.contains(first) && checkpoint.contains("module." + first)) prefix_ = "module.";
}

std::vector<float> EffectiveWeights::tensor(const std::string& name, const std::vector<int64_t>& shape) const {
    const HostTensor& found = checkpoint_.at(prefix_ + name);
    if (found.shape != shape) throw ShapeError(name, text(shape), text(found.shape));
    std::vector<float> values = found.to_float();
    need_finite(values, name);
    return values;
}

float EffectiveWeights::scalar(const std::string& name) const {
    const HostTensor& found = checkpoint_.at(prefix_ + name);
    if (found.num_elements() != 1) throw ShapeError(name, "one value", text(found.shape));
    return static_cast<float>(found.item());
}

FixedPointFormat EffectiveWeights::input_format(int layer) const {
    const Layer& it = at(layer);
    if (it.reads_pixels) return kPixelFormat;
    FixedPointFormat format{options_.input_word_length, 0, it.input_is_signed};
    const Layer& owner = options_.share_fractional_lengths ? at(it.clip_owner) : it;
    const std::string name = owner.name + ".input_fraclen";
    if (!checkpoint_.contains(prefix_ + name) && options_.missing_input_fractional_length) {
        format.fractional_length =
            std::clamp(*options_.missing_input_fractional_length, 0, format.max_fractional_length());
        return format;
    }
    const HostTensor& buffer = checkpoint_.at(prefix_ + name);
    if (buffer.num_elements() != 1) {
        throw DataError(name + " has " + std::to_string(buffer.num_elements()) +
                        " values: input formats per channel have no integer form; train with one format per layer");
    }
    format.fractional_length =
        round_running_fractional_length(static_cast<float>(buffer.item()), format.word_length, format.is_signed, name);
    return format;
}

FixedPointFormat EffectiveWeights::weight_format(const std::vector<float>& effective, const std::string& name) const {
    FixedPointFormat format{options_.weight_word_length, 0, true};
    switch (options_.weight_format) {
        case WeightFormatChoice::kFixed:
            format.fractional_length = options_.weight_fractional_length;
            break;
        case WeightFormatChoice::kGridSearch:
            format.fractional_length = choose_fractional_length(
                grid_search_errors<float>(effective, format.word_length, true, name + ".weight"));
            break;
        case WeightFormatChoice::kStatistic:
            format.fractional_length =
                choose_fractional_length(compute_statistic(effective, options_.statistic, name + ".weight"),
                                         options_.statistic, true, name + ".weight");
            break;
    }
    return format;
}

float EffectiveWeights::input_scale(int layer) const {
    const Layer& it = at(layer);
    if (it.reads_pixels || !options_.clipping) return 1.0f;
    const std::string name = at(it.clip_owner).name + ".alpha";
    const float clip_level = scalar(name);
    const float scale = clip_scale(clip_level, input_format(layer));
    if (!std::isfinite(scale) || scale == 0.0f) {
        throw NumericError(name + " is " + std::to_string(clip_level) +
                           ", expected a finite clipping level other than 0");
    }
    return scale;
}

float EffectiveWeights::rescale(WeightRescale kind, const std::vector<float>& raw, const std::vector<float>& multiplied,
                                int64_t fan_out, const std::string& name) const {
    if (kind == WeightRescale::kNone) return 1.0f;
    const double of_multiplied = compute_statistic(multiplied, Statistic::kStd, name);
    const float factor = kind == WeightRescale::kConstant
                             ? constant_weight_rescale<float>(of_multiplied, fan_out)
                             : static_cast<float>(compute_statistic(raw, Statistic::kStd, name) / of_multiplied);
    if (!std::isfinite(factor))
        throw NumericError(name + ": its codes have no spread, so the weight rescale is not finite");
    return factor;
}

EffectiveLayer EffectiveWeights::convolution(int layer) const {
    const Layer& it = at(layer);
    const int64_t out = it.out_channels;
    EffectiveLayer result;
    result.weight = tensor(it.name + ".conv.weight", it.weight_shape());
    if (options_.convolution_rescale == WeightRescale::kConstant) {
        const float factor = rescale(WeightRescale::kConstant, result.weight, result.weight,
                                     out * it.window.kernel * it.window.kernel, it.name + ".conv.weight");
        for (float& weight : result.weight) weight *= factor;
    }  // kStddev divides a convolution's deviation by itself

    const auto gamma = tensor(it.name + ".bn.weight", {out}), beta = tensor(it.name + ".bn.bias", {out});
    const auto mean = tensor(it.name + ".bn.running_mean", {out}),
               variance = tensor(it.name + ".bn.running_var", {out});
    const float eta = input_scale(layer), eta_next = input_scale(it.consumer);
    const size_t per_channel = result.weight.size() / static_cast<size_t>(out);
    for (size_t channel = 0; channel < static_cast<size_t>(out); ++channel) {
        const float gain = gamma[channel] / std::sqrt(variance[channel] + static_cast<float>(kBatchNormEpsilon));
        for (size_t i = channel * per_channel; i < (channel + 1) * per_channel; ++i) {
            result.weight[i] = effective_weight(result.weight[i], gain, eta, eta_next);
        }
        result.bias.push_back(effective_bias(beta[channel], gain, mean[channel], eta_next));
    }
    need_finite(result.weight, it.name + ": effective weight");
    need_finite(result.bias, it.name + ": effective bias");
    return result;
}

EffectiveLayer EffectiveWeights::linear(int layer) const {
    const Layer& it = at(layer);
    EffectiveLayer result;
    const std::vector<float> raw = tensor(it.name + ".weight", it.weight_shape());
    result.weight = raw;
    const Layer& pool = at(it.inputs[0]);
    float pool_factor = 1.0f;
    if (pool.kind == LayerKind::kAveragePool && options_.quantize_average_pool && options_.fold_pool_scale) {
        pool_factor = static_cast<float>(pool_scale(int64_t{pool.window.kernel} * pool.window.kernel));
        for (float& weight : result.weight) weight *= pool_factor;
    }
    float factor = 1.0f;
    if (options_.classifier_rescale != WeightRescale::kNone) {
        std::vector<float> quantized = result.weight;
        const Quantizer<float> quantizer(weight_format(result.weight, it.name));
        // Of the codes without the pool's factor: a rescale to a constant would otherwise take the factor out again.
        for (float& weight : quantized) weight = quantizer.real(weight) / pool_factor;
        factor = rescale(options_.classifier_rescale, raw, quantized, it.out_channels, it.name + ".weight");
    }
    result.bias = tensor(it.name + ".bias", {it.out_channels});
    const float eta = input_scale(layer);
    for (float& bias : result.bias) bias = (bias / eta) / factor;
    result.output_scale = static_cast<double>(eta) * factor;
    need_finite(result.bias, it.name + ": effective bias");
    return result;
}

}  // namespace f8net
