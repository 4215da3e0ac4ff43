// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/weight_fault.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "core/base/error.h"

namespace f8net {
namespace {

/// Below `count`; the same on every machine, unlike the distributions of the standard library.
int64_t draw_below(int64_t count, std::mt19937_64& generator) {
    return static_cast<int64_t>(generator() % static_cast<uint64_t>(count));
}

int draw_node(const IntegerNetwork& network, std::mt19937_64& generator) {
    int64_t weights = 0;
    for (const IntegerNode& node : network.nodes) weights += static_cast<int64_t>(node.weight_s8.size());
    int64_t drawn = draw_below(weights, generator);
    for (size_t i = 0;; ++i) {
        const auto size = static_cast<int64_t>(network.nodes[i].weight_s8.size());
        if (drawn < size) return static_cast<int>(i);
        drawn -= size;
    }
}

/// As if the weight belonged to the channel that reaches furthest.
bool keeps_int32(const IntegerNode& node, const WeightFault& fault) {
    const int64_t growth = std::abs(int64_t{fault.after}) - std::abs(int64_t{fault.before});
    return accumulator_bound(node) + node.input_format.max_stored() * growth <= std::numeric_limits<int32_t>::max();
}

}  // namespace

int weighted_node(const IntegerNetwork& network, const std::string& layer) {
    std::vector<std::string> names;
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        if (!network.nodes[i].has_weights()) continue;
        if (network.nodes[i].name == layer) return static_cast<int>(i);
        names.push_back(network.nodes[i].name);
    }
    const std::string nearest = nearest_name(layer, names);
    throw ConfigError("there is no layer with weights called '" + layer + "'" +
                      (nearest.empty() ? "" : ", did you mean '" + nearest + "'?"));
}

int8_t flip_bit(int8_t code, int bit, const FixedPointFormat& format) {
    const int sign = 1 << (format.word_length - 1);
    const int word = (code ^ (1 << bit)) & (2 * sign - 1);
    const int value = word >= sign ? word - 2 * sign : word;
    return static_cast<int8_t>(std::max<int64_t>(value, -format.max_stored()));
}

WeightFault draw_weight_fault(const IntegerNetwork& network, const WeightFaultRequest& request,
                              std::mt19937_64& generator) {
    constexpr int kTries = 1000;
    for (int i = 0; i < kTries; ++i) {
        WeightFault fault;
        fault.node = request.layer.empty() ? draw_node(network, generator) : weighted_node(network, request.layer);
        const IntegerNode& node = network.nodes[static_cast<size_t>(fault.node)];
        const auto size = static_cast<int64_t>(node.weight_s8.size());
        const int bits = node.weight_format.word_length;
        fault.element = request.element ? *request.element : draw_below(size, generator);
        fault.bit = request.bit ? *request.bit : static_cast<int>(draw_below(bits, generator));
        if (fault.element < 0 || fault.element >= size) {
            throw ConfigError("layer " + node.name + " has no weight " + std::to_string(fault.element) +
                              ", expected 0 to " + std::to_string(size - 1));
        }
        if (fault.bit < 0 || fault.bit >= bits) {
            throw ConfigError("the weights of layer " + node.name + " are " + node.weight_format.to_string() +
                              " and have no bit " + std::to_string(fault.bit) + ", expected 0 to " +
                              std::to_string(bits - 1));
        }
        fault.before = node.weight_s8[static_cast<size_t>(fault.element)];
        fault.after = flip_bit(fault.before, fault.bit, node.weight_format);
        // A flipped sign of the lowest code may give that code again.
        if (fault.after != fault.before && keeps_int32(node, fault)) return fault;
    }
    throw NumericError("no flipped bit" + (request.layer.empty() ? "" : " in layer " + request.layer) +
                       " keeps its accumulator inside int32");
}

IntegerNetwork with_fault(IntegerNetwork network, const WeightFault& fault) {
    network.nodes[static_cast<size_t>(fault.node)].weight_s8[static_cast<size_t>(fault.element)] = fault.after;
    return network;
}

std::array<int64_t, 4> weight_position(const IntegerNode& node, int64_t element) {
    const int64_t in = node.in_channels / node.groups, kernel = node.window.kernel;
    return {element / (in * kernel * kernel), element / (in * kernel) % kernel, element / in % kernel, element % in};
}

}  // namespace f8net
