// SPDX-License-Identifier: Apache-2.0
/// How much a network minds a flipped bit in its weights (memory that fails, radiation): of each layer and each bit
/// position some weights are drawn, one bit is flipped, and the images are classified again.
/// Words    as in weight_fault.h.   Random  the same seed draws the same flips of a layer, whatever else is tried.
/// Threads  one call at a time; uses `threads` of its own, each with an evaluator. Results do not depend on their
/// number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/analysis/evaluation.h"
#include "core/analysis/weight_fault.h"
#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

/// Of one flip, over all images.
struct BitFlip {
    WeightFault fault;
    double changed_share = 0;  ///< images with another class than without the flip
    double top1_lost = 0;      ///< top-1 without less top-1 with the flip; may be negative
};

/// Over several flips.
struct BitFlipSummary {
    int64_t flips = 0;
    int64_t silent = 0;        ///< that changed no image's class
    double changed_share = 0;  ///< mean
    double worst_changed_share = 0;
    double top1_lost = 0;  ///< mean
    double worst_top1_lost = 0;
};
BitFlipSummary summarize(const std::vector<BitFlip>& flips);

struct LayerBitFlips {
    std::string layer;
    std::vector<BitFlip> flips;  ///< bit by bit, from the lowest
    BitFlipSummary all;
    std::vector<BitFlipSummary> bits;  ///< by bit position; as many as the weights' words have
};

struct BitFlipStudy {
    int64_t images = 0;
    double top1 = 0;                    ///< without a flip
    std::vector<LayerBitFlips> layers;  ///< those with weights, in the order of execution
    std::vector<BitFlipSummary> bits;   ///< by bit position, all layers together
};

struct BitFlipOptions {
    std::vector<std::string> layers;  ///< only these; empty: all with weights
    int flips_per_bit = 4;            ///< of each layer and bit position
    uint64_t seed = 1995;
    int threads = 1;
    std::function<void(int64_t flips_done, int64_t flips)> on_progress;
};

/// Computes a network with one thread.
using EvaluatorFactory = std::function<std::unique_ptr<ModeEvaluator>(const IntegerNetwork&)>;

/// All images of the set are held in memory.
/// Errors: ConfigError: no such layer; what the data set and the evaluators throw.
BitFlipStudy analyze_bit_flips(const IntegerNetwork& network, const EvaluationSet& set, const EvaluatorFactory& make,
                               const BitFlipOptions& options);

}  // namespace f8net
