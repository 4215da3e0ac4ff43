// SPDX-License-Identifier: Apache-2.0
/// The checkpoint files of a run: written whole or not at all, the last good ones, the best and the stages' ends kept.
/// Layout   FOLDER/checkpoints/step-00001234-epoch-0005.safetensors, best.safetensors, stage-<name>.safetensors (one
/// file may have several names). Source   design.md 6.   Errors  IoError (path, free bytes).   Threads  one at a time.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/run/run_observer.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

/// What tells two states of a run apart. Before and after an epoch's end (its evaluation) the step is the same: two
/// names, so that a kill between the writing of a file and its row in the store never leaves a row that means the other
/// state.
struct CheckpointPlace {
    int64_t step = 0;
    int epoch = 0;  ///< completed
    auto operator<=>(const CheckpointPlace&) const = default;
};

class CheckpointKeeper {
public:
    /// keep: how many of the last ones stay (at least 1).
    CheckpointKeeper(const std::string& run_folder, int keep);

    /// Writes the state of a step. The report is not yet sent: the caller does when everything of that step is
    /// reported.
    CheckpointReport save_last(const TensorMap& state, Step step, Epoch epoch, const std::string& stage);
    /// Gives a saved checkpoint a second name: "best" or "stage:<name>".
    CheckpointReport keep_as(const CheckpointReport& saved, const std::string& role);
    /// To be called once the store shows the newest one: removes older ones beyond `keep`, and what crashes left over.
    void remove_old();
    /// Before going on from a state: removes checkpoints of later states, which no reader was ever shown.
    void forget_after(Step step, Epoch epoch);

    std::string path_of(const std::string& role) const;

private:
    std::vector<std::pair<CheckpointPlace, std::string>> last_ones() const;  ///< oldest first

    std::string folder_;
    int keep_;
};

/// From the name of a "last" checkpoint's file; nothing for any other name.
std::optional<CheckpointPlace> place_of_checkpoint(const std::string& file_name);

}  // namespace f8net
