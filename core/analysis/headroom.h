// SPDX-License-Identifier: Apache-2.0
/// How far each node's integers stay from the ends of int32: proven from weights and formats for every image there
/// could be, and seen with some.   Source  method.md 5; core/network/bounds.h.   Threads  pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

struct NodeHeadroom {
    std::string name, kind;
    int fractional_length = 0;  ///< of the node's output
    int64_t bound = 0;          ///< largest |value| that any image could give, before sums are clamped
    int bits = 0;               ///< of the smallest signed word that holds -bound .. bound
    double headroom_bits = 0;   ///< log2((2^31 - 1) / bound); below 0 a sum could be clamped
    bool exact_in_float32 = true;
    std::optional<int64_t> largest_seen;
    std::optional<int> bits_seen;
};

/// Every node but the input. `largest_seen` by node (LayerStatistics::largest_accumulators); may be empty.
std::vector<NodeHeadroom> analyze_headroom(const IntegerNetwork& network,
                                           const std::map<std::string, int64_t>& largest_seen = {});

}  // namespace f8net
