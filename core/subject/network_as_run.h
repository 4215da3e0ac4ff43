// SPDX-License-Identifier: Apache-2.0
/// An integer network's file kept as a run: finished, with the experiment that the file carries, its layers and
/// formats, so that it is looked at, evaluated, changed and exported like any other. What only training knows
/// (statistics, shares, errors) it has not.
///
/// Errors   ConfigError where the file carries no experiment; DataError, IoError, StoreError.
/// Threads  those of the store.
#pragma once

#include <string>

#include "core/store/run_store.h"

namespace f8net {

/// Copies the file into the run's folder. `name` empty: the file's.
RunId keep_network_as_run(RunStore& store, const std::string& path, const std::string& name = {});

}  // namespace f8net
