// SPDX-License-Identifier: Apache-2.0
/// One flipped bit of one stored weight: what shows that a check would notice, and how much a network minds.
/// Words    two's complement of the weight format's length, bit 0 the lowest. A word that the format does not have
///          (-128: formats are symmetric) becomes the nearest that it has.
/// Threads  pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

struct WeightFault {
    int node = 0;
    int64_t element = 0;  ///< in weight_s8
    int bit = 0;
    int8_t before = 0, after = 0;
};

/// What is asked for; what is not is drawn.
struct WeightFaultRequest {
    std::string layer;
    std::optional<int64_t> element;
    std::optional<int> bit;
};

/// The node of a layer with weights. ConfigError (names the nearest) where there is none.
int weighted_node(const IntegerNetwork& network, const std::string& layer);

/// The code with one bit flipped.
int8_t flip_bit(int8_t code, int bit, const FixedPointFormat& format);

/// Every weight of the network is drawn with the same probability, then every bit of its word. Draws again where the
/// flip could let an accumulator leave int32.
/// Errors: ConfigError: no such layer (names the nearest), element or bit; NumericError where no flip keeps int32.
WeightFault draw_weight_fault(const IntegerNetwork& network, const WeightFaultRequest& request,
                              std::mt19937_64& generator);

IntegerNetwork with_fault(IntegerNetwork network, const WeightFault& fault);

/// [out, y, x, in / groups] of an element.
std::array<int64_t, 4> weight_position(const IntegerNode& node, int64_t element);

}  // namespace f8net
