// SPDX-License-Identifier: Apache-2.0
#include "core/network/integer_network.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/fixedpoint/quantize.h"

namespace f8net {

std::string to_string(NodeKind kind) {
    static constexpr std::array<const char*, 8> names = {"input", "conv",     "linear",   "relu",
                                                         "add",   "max_pool", "sum_pool", "average_pool"};
    return names[static_cast<size_t>(kind)];
}

int64_t IntegerNode::macs() const {
    if (!has_weights()) return 0;
    return output.size() * (in_channels / groups) * window.kernel * window.kernel;
}

int IntegerNetwork::index_of(const std::string& name) const {
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].name == name) return static_cast<int>(i);
    }
    return -1;
}

int64_t IntegerNetwork::macs() const {
    int64_t sum = 0;
    for (const IntegerNode& node : nodes) sum += node.macs();
    return sum;
}

int64_t IntegerNetwork::parameters() const {
    int64_t sum = 0;
    for (const IntegerNode& node : nodes) sum += static_cast<int64_t>(node.weight_s8.size() + node.bias_s32.size());
    return sum;
}

std::array<int16_t, 256> input_code_table(const IntegerNetwork& network, int64_t channel) {
    std::array<int16_t, 256> table{};
    for (size_t byte = 0; byte < table.size(); ++byte) table[byte] = static_cast<int16_t>(byte);
    if (network.normalization.empty()) return table;
    const Quantizer<float> quantizer(network.input().input_format);
    const float mean = network.normalization.mean[static_cast<size_t>(channel)],
                std = network.normalization.std[static_cast<size_t>(channel)];
    for (size_t byte = 0; byte < table.size(); ++byte)
        table[byte] = static_cast<int16_t>(quantizer.code((static_cast<float>(byte) / 255.0f - mean) / std));
    return table;
}

std::vector<int16_t> input_codes(const IntegerNetwork& network, const uint8_t* pixels) {
    const auto size = static_cast<size_t>(network.input().output.size());
    std::vector<int16_t> codes(size);
    if (network.normalization.empty()) {
        std::copy(pixels, pixels + size, codes.begin());
        return codes;
    }
    const auto channels = static_cast<size_t>(network.input().output.channels);
    for (size_t channel = 0; channel < channels; ++channel) {
        const std::array<int16_t, 256> table = input_code_table(network, static_cast<int64_t>(channel));
        for (size_t i = channel; i < size; i += channels) codes[i] = table[pixels[i]];
    }
    return codes;
}

namespace {

int64_t sum_of_magnitudes(const int8_t* weights, size_t count) {
    constexpr size_t kBlock = size_t{1} << 16;  // so many of them fit 32 bits, which vectors add faster
    int64_t sum = 0;
    for (size_t begin = 0; begin < count; begin += kBlock) {
        int32_t part = 0;
        for (size_t i = begin; i < std::min(begin + kBlock, count); ++i)
            part += weights[i] < 0 ? -weights[i] : weights[i];
        sum += part;
    }
    return sum;
}

}  // namespace

int64_t accumulator_bound(const IntegerNode& node) {
    if (!node.has_weights() || node.out_channels <= 0) return 0;
    const size_t per_channel = node.weight_s8.size() / static_cast<size_t>(node.out_channels);
    int64_t largest = 0;
    for (size_t channel = 0; channel < static_cast<size_t>(node.out_channels); ++channel) {
        const int64_t sum = sum_of_magnitudes(node.weight_s8.data() + channel * per_channel, per_channel);
        const int64_t bias = channel < node.bias_s32.size() ? std::abs(int64_t{node.bias_s32[channel]}) : 0;
        largest = std::max(largest, node.input_format.max_stored() * sum + bias);
    }
    return largest;
}

}  // namespace f8net
