// SPDX-License-Identifier: Apache-2.0
#include "core/network/random_network.h"

#include <algorithm>
#include <cmath>

#include "core/fixedpoint/clip_scale.h"
#include "core/network/skeleton.h"

namespace f8net {
namespace {

/// Own generator and distributions: those of the standard library differ between implementations.
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t bits() {  // splitmix64
        uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    int between(int low, int high) { return low + static_cast<int>(bits() % static_cast<uint64_t>(high - low + 1)); }
    /// About normal, variance 1: the sum of twelve uniform numbers, the same on every machine.
    double normal() {
        double sum = -6.0;
        for (int i = 0; i < 12; ++i) sum += static_cast<double>(bits() >> 11) * 0x1p-53;
        return sum;
    }

private:
    uint64_t state_;
};

void choose_formats(IntegerNetwork& network, const LayerGraph& graph, Random& random) {
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        IntegerNode& node = network.nodes[i];
        if (!node.has_weights()) continue;
        node.input_format.fractional_length = random.between(3, 6);
        if (graph.layers[i].reads_pixels) node.input_format = kPixelFormat;
        node.weight_format.fractional_length = random.between(5, 7);
    }
}

/// Weights spread so that the sums, brought to the consumer's format, cover its codes: sum std = 2^shift * 60 for input
/// codes of about 60.
void fill_weights(IntegerNode& node, const IntegerNode* consumer, bool keep_effective, Random& random) {
    const int64_t fan_in = int64_t{node.window.kernel} * node.window.kernel * (node.in_channels / node.groups);
    const int length = node.input_format.fractional_length + node.weight_format.fractional_length;
    const int shift = consumer == nullptr ? 6 : length - consumer->input_format.fractional_length;
    const double sigma = std::clamp(std::ldexp(1.0, shift) / std::sqrt(static_cast<double>(fan_in)), 1.0, 60.0);
    const auto highest = static_cast<double>(node.weight_format.max_stored());
    for (int64_t i = 0; i < fan_in * node.out_channels; ++i) {
        const double value = sigma * random.normal();
        if (keep_effective)
            node.effective_weight.push_back(
                static_cast<float>(std::ldexp(value, -node.weight_format.fractional_length)));
        node.weight_s8.push_back(static_cast<int8_t>(std::clamp(round_half_to_even(value), -highest, highest)));
    }
    for (int i = 0; i < node.out_channels; ++i) {
        const double value = std::ldexp(20.0 * random.normal(), std::clamp(shift, 0, 16));
        if (keep_effective) node.effective_bias.push_back(static_cast<float>(std::ldexp(value, -length)));
        node.bias_s32.push_back(static_cast<int32_t>(round_half_to_even(value)));
    }
}

}  // namespace

IntegerNetwork make_random_network(const LayerGraph& graph, uint64_t seed, const RandomNetworkOptions& options) {
    IntegerNetwork network = make_skeleton(graph, options.quantize_average_pool);
    Random random(seed);
    choose_formats(network, graph, random);
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        if (!network.nodes[i].has_weights()) continue;
        const int consumer = graph.layers[i].consumer;
        fill_weights(network.nodes[i], consumer < 0 ? nullptr : &network.nodes[static_cast<size_t>(consumer)],
                     options.keep_effective_weights, random);
    }
    if (graph.layers[1].input_is_signed) {
        const auto channels = static_cast<size_t>(graph.layers[0].output.channels);
        network.normalization.mean.assign(channels, 0.45f);
        network.normalization.std.assign(channels, 0.23f);
    }
    propagate_formats(network);
    network.metadata["origin"] = "random, seed " + std::to_string(seed);
    check(network);
    return network;
}

}  // namespace f8net
