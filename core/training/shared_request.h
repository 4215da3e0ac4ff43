// SPDX-License-Identifier: Apache-2.0
/// What rank 0 was asked to train, as text for the other ranks, who have no store to look it up in.
/// Threads  pure.
#pragma once

#include <string>

#include "core/run/torch_backend.h"

namespace f8net {

/// Everything but the place among the ranks, which is each one's own.
std::string to_shared_text(const TrainRequest& request);
TrainRequest from_shared_text(const std::string& text);

}  // namespace f8net
