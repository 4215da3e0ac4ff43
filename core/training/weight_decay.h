// SPDX-License-Identifier: Apache-2.0
/// Which parameters decay: the four schemes of the method.
/// Source   method.md 6; tests/golden/weight_decay.json.   Threads  pure.
#pragma once

#include <cstdint>

#include "core/config/experiment.h"

namespace f8net {

/// The decay of one parameter: `weight_decay` or 0.
/// dimensions: of its shape as in the network: 0 clipping level, 1 batch norm or bias, 2 linear, 4 convolution.
/// is_depthwise cannot be read off the shape: a first convolution on grey images has one input channel too.
double weight_decay_of(int64_t dimensions, bool is_depthwise, WeightDecayScheme scheme, double weight_decay);

}  // namespace f8net
