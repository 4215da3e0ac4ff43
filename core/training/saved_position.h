// SPDX-License-Identifier: Apache-2.0
/// What a checkpoint's metadata say of the run that wrote it.
/// Errors   DataError where the file is no checkpoint that a run can go on from.   Threads  pure.
#pragma once

#include <map>
#include <string>

#include "core/run/run_observer.h"
#include "core/tensorfile/tensor.h"
#include "core/training/run_position.h"

namespace f8net {

void save_position(const RunPosition& position, int ranks, std::map<std::string, std::string>& metadata);
RunPosition position_in(const TensorMap& checkpoint);
/// How many ranks trained to that state.
int ranks_in(const TensorMap& checkpoint);

/// What the file itself says, with its size and hash; without a role.
CheckpointReport describe_checkpoint(const std::string& path);

}  // namespace f8net
