// SPDX-License-Identifier: Apache-2.0
/// A network's layers on the error curves (error_curves.h): the spread of each tensor, the fractional length it has,
/// and what that costs a Gaussian of this spread against the best length.   Source   method.md 8.   Threads  pure.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/layer_report.h"

namespace f8net {

struct LayerMark {
    std::string layer;
    bool is_weight = false;     ///< else the layer's input
    FixedPointFormat format;    ///< that it has
    double sigma = 0;           ///< above 0; of inputs before the clip at zero
    double relative_error = 0;  ///< expected for a Gaussian of this sigma in this format
    int best_fractional_length = 0;
    double best_relative_error = 0;
};

/// One tensor of a layer; sigma above 0.
LayerMark mark_layer(const std::string& layer, bool is_weight, const FixedPointFormat& format, double sigma);

/// Weights and inputs of the layers whose format and sigma are known, in their order.
std::vector<LayerMark> mark_layers(const std::vector<LayerReport>& reports);

}  // namespace f8net
