// SPDX-License-Identifier: Apache-2.0
/// How large the integers inside a network can get, whatever the image: for int32 safety and for those who compute in
/// floats. Formula  conv, linear: the largest over output channels of max_code * sum|w| + |b|; add: both operands
/// shifted to the larger fractional
///          length; sum pool: k^2 times its input; all clamped to 2^31 - 1, as the executors clamp.
/// Source   method.md 5, design.md 8.   Threads  pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

/// Largest |value| of every node's output, before the clamp of sums (so it may exceed int32 there).
std::vector<int64_t> output_bounds(const IntegerNetwork& network);

/// Nodes whose sums float32 cannot hold exactly (bound >= 2^24, shifted operands of additions included): compute them
/// in float64.
std::vector<bool> needs_float64(const IntegerNetwork& network);

/// Shift that brings operand 0 or 1 of an addition to the sum's fractional length.
int operand_shift(const IntegerNetwork& network, const IntegerNode& add, int operand);

}  // namespace f8net
