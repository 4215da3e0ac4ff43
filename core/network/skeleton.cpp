// SPDX-License-Identifier: Apache-2.0
#include "core/network/skeleton.h"

#include <algorithm>

#include "core/fixedpoint/clip_scale.h"

namespace f8net {
namespace {

NodeKind node_kind(LayerKind kind, bool quantize_average_pool) {
    switch (kind) {
        case LayerKind::kInput:
            return NodeKind::kInput;
        case LayerKind::kConv:
            return NodeKind::kConv;
        case LayerKind::kLinear:
            return NodeKind::kLinear;
        case LayerKind::kRelu:
            return NodeKind::kRelu;
        case LayerKind::kAdd:
            return NodeKind::kAdd;
        case LayerKind::kMaxPool:
            return NodeKind::kMaxPool;
        default:
            return quantize_average_pool ? NodeKind::kSumPool : NodeKind::kAveragePool;
    }
}

/// What the first weighted node that reads `index` wants of it.
FixedPointFormat wanted_format(const IntegerNetwork& network, size_t index) {
    for (const IntegerNode& node : network.nodes) {
        if (node.has_weights() && node.inputs[0] == static_cast<int>(index)) return node.input_format;
    }
    return network.nodes[index].input_format;
}

}  // namespace

IntegerNetwork make_skeleton(const LayerGraph& graph, bool quantize_average_pool) {
    IntegerNetwork network;
    network.architecture = graph.architecture;
    for (const Layer& layer : graph.layers) {
        IntegerNode node;
        node.name = layer.name;
        node.kind = node_kind(layer.kind, quantize_average_pool);
        node.inputs = layer.inputs;
        node.output = layer.output;
        node.in_channels = layer.in_channels;
        node.out_channels = layer.out_channels;
        node.groups = layer.groups;
        node.window = layer.window;
        node.input_format.is_signed = layer.input_is_signed;
        node.weight_format.is_signed = true;
        if (node.kind == NodeKind::kSumPool)
            node.sum_pool_shift = pool_shift(int64_t{node.window.kernel} * node.window.kernel);
        network.nodes.push_back(std::move(node));
    }
    return network;
}

void propagate_formats(IntegerNetwork& network) {
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        IntegerNode& node = network.nodes[i];
        const auto length_of = [&](size_t input) {
            return network.nodes[static_cast<size_t>(node.inputs[input])].fractional_length;
        };
        switch (node.kind) {
            case NodeKind::kInput:
            case NodeKind::kAveragePool:
                node.input_format = node.kind == NodeKind::kInput && network.normalization.empty()
                                        ? kPixelFormat
                                        : wanted_format(network, i);
                node.fractional_length = node.input_format.fractional_length;
                break;
            case NodeKind::kConv:
            case NodeKind::kLinear:
                node.fractional_length = node.input_format.fractional_length + node.weight_format.fractional_length;
                break;
            case NodeKind::kRelu:
            case NodeKind::kMaxPool:
                node.fractional_length = length_of(0);
                break;
            case NodeKind::kAdd:
                node.fractional_length = std::max(length_of(0), length_of(1) - node.stream_shift);
                break;
            case NodeKind::kSumPool:
                node.fractional_length = length_of(0) + node.sum_pool_shift;
                break;
        }
    }
}

}  // namespace f8net
