// SPDX-License-Identifier: Apache-2.0
/// Where a network's walk computes its ReLUs: each by itself, or with the addition before it, or with the max pool
/// behind it (max and ReLU commute, gradients included). Decided from the graph alone.
/// Threads  pure.
#pragma once

#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/quantization/rectifier.h"

namespace f8net {

/// What one layer has to do with a ReLU.
struct ReluStep {
    bool is_computed_here = false;  ///< a ReLU of the graph for which this is false only passes its input on
    ReluMask mask = ReluMask::kOwn;
    bool in_place = false;  ///< into the layer's first input
};

/// By index in the graph. `fuses`: with the layer before or behind; else in every ReLU itself, so that a sum can be
/// looked at before it.
std::vector<ReluStep> plan_relus(const LayerGraph& graph, bool fuses);

}  // namespace f8net
