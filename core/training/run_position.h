// SPDX-License-Identifier: Apache-2.0
/// Where a training run is, beyond its tensors: what a checkpoint keeps so that going on gives the bit-identical run.
/// Steps and epochs without a prefix count over all stages.   Threads  plain data.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace f8net {

struct RunPosition {
    int stage = 0;  ///< index of the stage at hand
    std::string stage_name;
    int64_t step = 0;        ///< completed optimizer steps
    int epoch = 0;           ///< completed epochs
    int64_t stage_step = 0;  ///< completed in this stage
    int stage_epoch = 0;     ///< completed in this stage
    int64_t epoch_step = 0;  ///< completed in the epoch under way; 0 between epochs

    // Sums over the epoch under way, so that its averages do not depend on an interruption.
    double loss_sum = 0;  ///< of the images' losses
    int64_t correct = 0;
    int64_t images = 0;

    // Best evaluation of this stage.
    double best_top1 = -1;
    int best_epoch = 0;  ///< over all stages

    bool operator==(const RunPosition&) const = default;

    std::string to_json() const;
    /// DataError naming what is missing or of the wrong kind.
    static RunPosition from_json(const std::string& text);
};

}  // namespace f8net
