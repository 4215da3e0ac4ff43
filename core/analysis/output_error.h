// SPDX-License-Identifier: Apache-2.0
/// How far each layer's integers are from the network without any rounding (RealNetwork), over images: the error that
/// has come together up to that layer.
/// Units    in LSB: steps of the finest format that the layer's readers round to: what the next codes can tell apart.
/// Threads  one call at a time; uses `threads` of its own. Results do not depend on their number.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/analysis/evaluation.h"
#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

struct OutputError {
    double sqnr_db = 0;  ///< 10 log10 of signal over error; infinite where nothing differs
    double cosine = 0;   ///< of the angle between both, all images as one vector; 1: the same direction
    std::optional<double> mean_lsb, max_lsb;  ///< of |integer - real|; not of the classifier, which nobody reads
};

/// By node: conv, linear, sums and pools. `integers`: the network's executor (mode integer-only).
/// Errors: DataError naming the first layer without real weights; what the data set throws.
std::map<std::string, OutputError> measure_output_errors(
    const IntegerNetwork& network, ModeEvaluator& integers, const EvaluationSet& set, int threads,
    const std::function<void(int64_t images_done)>& on_progress = {});

/// Step of the finest format that readers of the node's output round to, through ReLU, sums and pools.
std::optional<double> reader_step(const IntegerNetwork& network, size_t node);

}  // namespace f8net
