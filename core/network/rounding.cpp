// SPDX-License-Identifier: Apache-2.0
#include "core/network/rounding.h"

#include <algorithm>
#include <limits>

#include "core/fixedpoint/quantize.h"

namespace f8net {

void round_weight(IntegerNode& node) {
    const Quantizer<float> quantizer(node.weight_format);
    node.weight_s8.resize(node.effective_weight.size());
    std::transform(node.effective_weight.begin(), node.effective_weight.end(), node.weight_s8.begin(),
                   [&](float weight) { return static_cast<int8_t>(quantizer.code(weight)); });
}

void round_bias(IntegerNode& node) {
    constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();
    const int length = node.input_format.fractional_length + node.weight_format.fractional_length;
    const Quantizer<float> quantizer(FixedPointFormat{32, length, true});
    node.bias_s32.resize(node.effective_bias.size());
    std::transform(node.effective_bias.begin(), node.effective_bias.end(), node.bias_s32.begin(), [&](float bias) {
        const auto rounded = static_cast<int64_t>(quantizer.code(bias));  // at most 2^31 in float
        return static_cast<int32_t>(std::clamp(rounded, -kLargest, kLargest));
    });
}

}  // namespace f8net
