// SPDX-License-Identifier: Apache-2.0
/// The layers of a network over its depth: fractional lengths of weights and inputs, and box plots of the weights
/// before they are rounded. Of a network that is trained in fixed point these are the effective weights (method.md
/// 3.2); of one in floating point the weights with batch norm folded and nothing else, as the paper's figures show
/// them.   Source   F8Net (arXiv 2202.05239) figures 3 and 4; method.md 8.   Threads  pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analysis/box_plot.h"
#include "core/architecture/layer_graph.h"
#include "core/lowering/lowering.h"
#include "core/network/integer_network.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

/// One conv or linear layer; what is not known is empty.
struct LayerProfile {
    std::string name;
    int depth = 0;  ///< among the layers with weights, from 0
    NodeKind kind = NodeKind::kConv;
    bool is_depthwise = false;
    std::optional<FixedPointFormat> input_format, weight_format;
    std::optional<BoxPlot> weight;  ///< real units, before rounding
};

/// Formats as the integers have them; box plots where the network keeps its real weights.
std::vector<LayerProfile> profile_layers(const IntegerNetwork& network);

/// A floating-point checkpoint: box plots of the weights with batch norm folded, and the weight format that `options`
/// would choose for them; input formats need fixed-point training and stay empty.
/// Errors: as lower().
std::vector<LayerProfile> profile_folded_layers(const TensorMap& checkpoint, const LayerGraph& graph,
                                                LoweringOptions options);

}  // namespace f8net
