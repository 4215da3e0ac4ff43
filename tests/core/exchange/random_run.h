// SPDX-License-Identifier: Apache-2.0
/// Runs that no program made: everything that the store can keep, strange names and numbers among it.
#pragma once

#include <random>

#include "core/store/run_sink.h"

namespace f8net {

/// The same for the same state of the generator. `id` and `parent` may be empty.
void add_random_run(std::mt19937& random, RunSink& sink, const RunId& id, const std::optional<RunId>& parent);

}  // namespace f8net
