// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/vector_description.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/network/bounds.h"

namespace f8net {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();

std::vector<int> readers_of(const IntegerNetwork& network, int node) {
    std::vector<int> readers;
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        const auto& inputs = network.nodes[i].inputs;
        if (std::find(inputs.begin(), inputs.end(), node) != inputs.end()) readers.push_back(static_cast<int>(i));
    }
    return readers;
}

void add_readers(const IntegerNetwork& network, int node, bool through_relu, std::vector<StepOutput>& outputs) {
    for (const int index : readers_of(network, node)) {
        const IntegerNode& reader = network.nodes[static_cast<size_t>(index)];
        if (reader.kind == NodeKind::kRelu) add_readers(network, index, true, outputs);
        if (!reader.has_weights()) continue;
        const auto same = std::find_if(outputs.begin(), outputs.end(), [&](const StepOutput& output) {
            return output.through_relu == through_relu && output.format == reader.input_format;
        });
        if (same != outputs.end()) {
            same->readers.push_back(index);
            continue;
        }
        const int length = network.nodes[static_cast<size_t>(node)].fractional_length;
        outputs.push_back({through_relu, reader.input_format, length - reader.input_format.fractional_length, {index}});
    }
}

}  // namespace

Json describe_format(const FixedPointFormat& format) {
    return {{"name", format.to_string()},
            {"word_length", format.word_length},
            {"fractional_length", format.fractional_length},
            {"is_signed", format.is_signed},
            {"min_code", format.min_stored()},
            {"max_code", format.max_stored()}};
}

Json describe_arithmetic() {
    return {{"value", "code * 2^-fractional_length"},
            {"order", "row-major; activations N H W C, weights out kh kw in/groups"},
            {"requantization",
             {{"shift", "positive: arithmetic shift right, negative: shift left"},
              {"rounding", "half-to-even"},
              {"saturation", "to min_code .. max_code of the format"}}},
            {"accumulator", {{"bits", 32}, {"min", -kLargest}, {"max", kLargest}, {"sums", "exact, then one clamp"}}},
            {"memory_words", "two's complement, hexadecimal, one a line"}};
}

Json describe_network(const IntegerNetwork& network) {
    Json value = {{"architecture", network.architecture}, {"macs", network.macs()},
                  {"parameters", network.parameters()},   {"num_classes", network.num_classes()},
                  {"class_names", network.class_names},   {"metadata", network.metadata}};
    if (network.normalization.empty()) {
        value["normalization"] = nullptr;
    } else {
        value["normalization"] = {{"mean", network.normalization.mean}, {"std", network.normalization.std}};
    }
    return value;
}

Json describe_step(const IntegerNetwork& network, const IntegerNode& node) {
    Json inputs = Json::array();
    for (const int index : node.inputs) inputs.push_back(network.nodes[static_cast<size_t>(index)].name);
    Json value = {{"name", node.name},
                  {"kind", to_string(node.kind)},
                  {"inputs", inputs},
                  {"output_shape", {node.output.height, node.output.width, node.output.channels}},
                  {"fractional_length", node.fractional_length}};
    const auto input_shift = [&] {
        return network.nodes[static_cast<size_t>(node.inputs[0])].fractional_length -
               node.input_format.fractional_length;
    };
    const auto add_window = [&] {
        value["kernel"] = node.window.kernel;
        value["stride"] = node.window.stride;
        value["padding"] = node.window.padding;
    };
    switch (node.kind) {
        case NodeKind::kInput:
            value["format"] = describe_format(node.input_format);
            break;
        case NodeKind::kConv:
        case NodeKind::kLinear:
            value["in_channels"] = node.in_channels;
            value["out_channels"] = node.out_channels;
            value["groups"] = node.groups;
            add_window();
            value["input_format"] = describe_format(node.input_format);
            value["input_shift"] = input_shift();
            value["weight_format"] = describe_format(node.weight_format);
            break;
        case NodeKind::kRelu:
            break;
        case NodeKind::kAdd:
            value["operand_shifts"] = {operand_shift(network, node, 0), operand_shift(network, node, 1)};
            break;
        case NodeKind::kMaxPool:
            add_window();
            break;
        case NodeKind::kSumPool:
            add_window();
            break;
        case NodeKind::kAveragePool:
            add_window();
            value["format"] = describe_format(node.input_format);
            value["input_shift"] = input_shift();
            break;
    }
    return value;
}

std::vector<StepOutput> outputs_of(const IntegerNetwork& network, int node) {
    std::vector<StepOutput> outputs;
    const NodeKind kind = network.nodes[static_cast<size_t>(node)].kind;
    if (kind != NodeKind::kInput && kind != NodeKind::kRelu) add_readers(network, node, false, outputs);
    return outputs;
}

}  // namespace f8net
