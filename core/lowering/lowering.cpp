// SPDX-License-Identifier: Apache-2.0
#include "core/lowering/lowering.h"


#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"
#include "core/lowering/effective_weights.h"
#include "core/network/rounding.h"
#include "core/network/skeleton.h"

namespace f8net {
namespace {

void check_options(const LayerGraph& graph, const LoweringOptions& options) {
    const auto in_range = [](int value, int low, int high, const char* what) {
        if (value < low || value > high) {
            throw ConfigError(std::string(what) + " is " + std::to_string(value) + ", integers have " +
                              std::to_string(low) + " to " + std::to_string(high));
        }
    };
    in_range(options.weight_word_length, 2, 8, "weight word length");
    in_range(options.input_word_length, 2, 8, "input word length");
    in_range(options.weight_fractional_length, 0,
             options.weight_format == WeightFormatChoice::kFixed ? options.weight_word_length - 1 : 32,
             "weight fractional length");
    if (options.weight_format == WeightFormatChoice::kStatistic && options.weight_word_length != 8) {
        throw ConfigError("weight word length is " + std::to_string(options.weight_word_length) +
                          ", formats from a statistic are for 8; use grid search");
    }
    const Layer& input = graph.layers.front();
    const bool is_normalized = !graph.layers.at(1).reads_pixels;
    const auto channels = static_cast<size_t>(input.output.channels);
    if (is_normalized &&
        (options.normalization.mean.size() != channels || options.normalization.std.size() != channels)) {
        throw ConfigError("the network reads normalized images of " + std::to_string(channels) +
                          " channels, but mean and std of " + std::to_string(options.normalization.mean.size()) +
                          " are given");
    }
}

/// [out, in, kh, kw] to [out, kh, kw, in].
template <typename T>
std::vector<T> channels_last(const std::vector<T>& values, const IntegerNode& node) {
    const int window = node.window.kernel * node.window.kernel, in = node.in_channels / node.groups;
    std::vector<T> result(values.size());
    size_t to = 0;
    for (int out = 0; out < node.out_channels; ++out) {
        for (int position = 0; position < window; ++position) {
            for (int channel = 0; channel < in; ++channel) {
                result[to++] = values[static_cast<size_t>((int64_t{out} * in + channel) * window + position)];
            }
        }
    }
    return result;
}

void quantize_layer(IntegerNode& node, const EffectiveLayer& effective, const FixedPointFormat& weight_format) {
    node.weight_format = weight_format;
    node.effective_weight = channels_last(effective.weight, node);
    node.effective_bias = effective.bias;
    round_weight(node);
    round_bias(node);
}

}  // namespace

IntegerNetwork lower(const TensorMap& checkpoint, const LayerGraph& graph, const LoweringOptions& options) {
    check_options(graph, options);
    const EffectiveWeights weights(checkpoint, graph, options);
    IntegerNetwork network = make_skeleton(graph, options.quantize_average_pool);
    for (const int index : graph.weighted_layers()) {
        IntegerNode& node = network.nodes[static_cast<size_t>(index)];
        node.input_format = weights.input_format(index);
        const EffectiveLayer effective =
            node.kind == NodeKind::kConv ? weights.convolution(index) : weights.linear(index);
        if (node.kind == NodeKind::kLinear) network.logit_scale = effective.output_scale;
        quantize_layer(node, effective, weights.weight_format(effective.weight, node.name));
    }
    if (options.compensate_streams) {
        for (size_t i = 0; i < graph.layers.size(); ++i) {
            const Layer& layer = graph.layers[i];
            if (layer.kind != LayerKind::kAdd) continue;
            network.nodes[i].stream_shift = stream_shift(weights.input_scale(graph.unit_of(layer.inputs[1])),
                                                         weights.input_scale(graph.unit_of(layer.inputs[0])));
        }
    }
    if (!graph.layers.at(1).reads_pixels) network.normalization = options.normalization;
    propagate_formats(network);
    network.class_names = options.class_names;
    check(network);
    return network;
}

}  // namespace f8net
