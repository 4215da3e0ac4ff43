// SPDX-License-Identifier: Apache-2.0
#include "core/network/bounds.h"

#include <algorithm>
#include <limits>

namespace f8net {
namespace {

constexpr int64_t kLargestInt32 = std::numeric_limits<int32_t>::max();
constexpr int64_t kExactInFloat = int64_t{1} << 24;

int64_t shifted(int64_t bound, int shift) {
    // Far outside int32 the exact size no longer matters; it only must not wrap.
    return bound == 0 ? 0 : shift > 30 ? int64_t{1} << 61 : bound << shift;
}

}  // namespace

int operand_shift(const IntegerNetwork& network, const IntegerNode& add, int operand) {
    const int input = add.inputs[static_cast<size_t>(operand)];
    return add.fractional_length - network.nodes[static_cast<size_t>(input)].fractional_length +
           (operand == 1 ? add.stream_shift : 0);
}

std::vector<int64_t> output_bounds(const IntegerNetwork& network) {
    std::vector<int64_t> bounds;
    const auto bound_of = [&](int index) { return std::min(bounds[static_cast<size_t>(index)], kLargestInt32); };
    for (const IntegerNode& node : network.nodes) {
        switch (node.kind) {
            case NodeKind::kInput:
                bounds.push_back(node.input_format.max_stored());
                break;
            case NodeKind::kConv:
            case NodeKind::kLinear:
                bounds.push_back(accumulator_bound(node));
                break;
            case NodeKind::kRelu:
            case NodeKind::kMaxPool:
                bounds.push_back(bound_of(node.inputs[0]));
                break;
            case NodeKind::kAdd:
                bounds.push_back(shifted(bound_of(node.inputs[0]), operand_shift(network, node, 0)) +
                                 shifted(bound_of(node.inputs[1]), operand_shift(network, node, 1)));
                break;
            case NodeKind::kSumPool:
                bounds.push_back(bound_of(node.inputs[0]) * node.window.kernel * node.window.kernel);
                break;
            case NodeKind::kAveragePool:
                bounds.push_back(node.input_format.max_stored());
                break;
        }
    }
    return bounds;
}

std::vector<bool> needs_float64(const IntegerNetwork& network) {
    const std::vector<int64_t> bounds = output_bounds(network);
    std::vector<bool> result;
    for (size_t i = 0; i < bounds.size(); ++i) {
        const IntegerNode& node = network.nodes[i];
        int64_t largest = bounds[i];
        // The average pool divides the integer sum of its whole plane.
        if (node.kind == NodeKind::kAveragePool) {
            largest = std::min(bounds[static_cast<size_t>(node.inputs[0])], kLargestInt32) * node.window.kernel *
                      node.window.kernel;
        }
        result.push_back(largest >= kExactInFloat);
    }
    return result;
}

}  // namespace f8net
