// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/headroom.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/network/bounds.h"

namespace f8net {
namespace {

/// Of a two's complement word that holds both signs of the value.
int signed_bits(int64_t magnitude) {
    return std::bit_width(static_cast<uint64_t>(magnitude)) + 1;
}

}  // namespace

std::vector<NodeHeadroom> analyze_headroom(const IntegerNetwork& network,
                                           const std::map<std::string, int64_t>& largest_seen) {
    const std::vector<int64_t> bounds = output_bounds(network);
    const std::vector<bool> inexact = needs_float64(network);
    std::vector<NodeHeadroom> result;
    for (size_t i = 1; i < network.nodes.size(); ++i) {
        const IntegerNode& node = network.nodes[i];
        NodeHeadroom headroom;
        headroom.name = node.name;
        headroom.kind = to_string(node.kind);
        headroom.fractional_length = node.fractional_length;
        headroom.bound = bounds[i];
        headroom.bits = signed_bits(bounds[i]);
        headroom.headroom_bits = std::log2(static_cast<double>(std::numeric_limits<int32_t>::max()) /
                                           static_cast<double>(std::max<int64_t>(bounds[i], 1)));
        headroom.exact_in_float32 = !inexact[i];
        if (const auto found = largest_seen.find(node.name); found != largest_seen.end()) {
            headroom.largest_seen = found->second;
            headroom.bits_seen = signed_bits(found->second);
        }
        result.push_back(std::move(headroom));
    }
    return result;
}

}  // namespace f8net
