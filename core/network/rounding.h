// SPDX-License-Identifier: Apache-2.0
/// Integers of a conv or linear node from its real effective values, in float32: when a network is lowered, and again
/// when one of its formats is changed.   Source  method.md 3.3, 5.   Threads  pure.
#pragma once

#include "core/network/integer_network.h"

namespace f8net {

/// weight_s8 = effective_weight in weight_format: half to even, saturating.
void round_weight(IntegerNode& node);
/// bias_s32 = effective_bias at input FL + weight FL: half to even, saturating at +-(2^31 - 1).
void round_bias(IntegerNode& node);

}  // namespace f8net
