// SPDX-License-Identifier: Apache-2.0
/// Images that get another class in integers than without rounding, and where in the network the difference grew.
/// Without rounding: RealNetwork with no layer rounded (real effective weights; clipping levels and ReLU stay).
/// Units    relative error of a layer: norm of (integer - real) over norm of real, of its output in real units.
///          Margins: the class's logit over the best other one, in training's scale. Probabilities: softmax over all
///          classes.
/// Threads  one call at a time; uses `threads` of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/analysis/evaluation.h"
#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

/// A class and what a network thinks of it.
struct RankedClass {
    int64_t label = 0;
    double logit = 0;  ///< in training's scale
    double probability = 0;
};

struct FlippedImage {
    static constexpr size_t kRanked = 5;

    int64_t image = 0, label = 0;  ///< in the data set
    int64_t real_class = 0, integer_class = 0;
    double real_margin = 0, integer_margin = 0;
    double confidence_lost = 0;  ///< probability of real_class without rounding, less that in integers
    std::vector<RankedClass> real_top, integer_top;  ///< kRanked or all classes, best first; of equals the first
    /// The layer that added most to the relative error: its own less the larger one of what it reads.
    std::string grew_at;
    double error_before = 0, error_after = 0;  ///< relative, of what it reads and of what it gives
    std::vector<double> errors;                ///< relative, of each of Flips::layers
};

struct LayerDeviation {
    std::string layer;
    double relative_error = 0;             ///< mean over all images
    double relative_error_of_flipped = 0;  ///< mean over the flipped ones; 0 where there are none
};

struct Flips {
    int64_t images = 0;
    double real_top1 = 0, integer_top1 = 0;
    std::vector<FlippedImage> flipped;   ///< in the order of the data set
    std::vector<LayerDeviation> layers;  ///< in the order of execution: conv, linear, sums and pools
};

/// `integers`: the network's executor (mode integer-only).
/// Errors: DataError naming the first layer without real weights; what the data set throws.
Flips find_flips(const IntegerNetwork& network, ModeEvaluator& integers, const EvaluationSet& set, int threads,
                 const std::function<void(int64_t images_done)>& on_progress = {});

}  // namespace f8net
