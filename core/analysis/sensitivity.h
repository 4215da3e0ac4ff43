// SPDX-License-Identifier: Apache-2.0
/// Which layer's rounding costs what: each layer rounded alone, and all layers but this one, against the network
/// without any rounding (RealNetwork; method.md 3). A layer that costs much alone and gives much back when left out is
/// to blame. Threads  one call at a time; uses `threads` of its own. Results do not depend on their number.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/analysis/evaluation.h"
#include "core/network/integer_network.h"

namespace f8net {

/// Of the network with some of its layers rounded.
struct RoundingEffect {
    double top1 = 0;       ///< share
    double agreement = 0;  ///< share of the images with the class that the network without rounding gives
    /// 10 log10 of signal over difference of the logits (their mean over the classes, which decides nothing, taken
    /// off); infinite where nothing differs.
    double sqnr_db = 0;
};

struct LayerSensitivity {
    std::string layer;
    RoundingEffect alone;    ///< only this layer is rounded
    RoundingEffect without;  ///< all layers are, but this one
};

struct Sensitivity {
    int64_t images = 0;
    double unrounded_top1 = 0;
    RoundingEffect all;  ///< every layer rounded
    std::vector<LayerSensitivity> layers;
};

/// Errors: DataError naming the first layer without real weights; what the data set throws.
Sensitivity analyze_sensitivity(const IntegerNetwork& network, const EvaluationSet& set, int threads,
                                const std::function<void(int64_t images_done)>& on_progress = {});

}  // namespace f8net
