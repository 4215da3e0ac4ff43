// SPDX-License-Identifier: Apache-2.0
/// The checkpoint files of a run: written whole or not at all, the last good ones, the best and the stages' ends kept.
/// Layout   FOLDER/checkpoints/step-00001234.safetensors, best.safetensors, stage-<name>.safetensors (one file may have
/// several names). Source   design.md 6.   Errors  IoError (path, free bytes).   Threads  one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/run/run_observer.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

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
    /// Before going on from a step: removes checkpoints of later steps, which no reader was ever shown.
    void forget_after(Step step);

    std::string path_of(const std::string& role) const;

private:
    struct File {
        int64_t step;  ///< -1: best, a stage's end, left over
        std::string path;
    };
    std::vector<File> files() const;  ///< by step

    std::string folder_;
    int keep_;
};

/// The step in the name of a "last" checkpoint's file; -1 for any other name.
int64_t step_of_checkpoint(const std::string& file_name);

}  // namespace f8net
