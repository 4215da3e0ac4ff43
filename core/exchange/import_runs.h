// SPDX-License-Identifier: Apache-2.0
/// Runs into a store: from another store (with their folders), from JSON that export_runs() wrote, from tables (CSV)
/// of metrics, from TensorBoard's event files or folders of them (docs/exchange.md). What the file is, is told by its
/// content. All of the chosen runs come, or none; the store is written in one transaction, after all was read. Errors
/// DataError: the file, the place, what was expected; StoreError, ConfigError, IoError as transfer_runs();
///          stopped: Error with kStopped. The store is then as it was.
/// Threads  any; opens connections of its own.
#pragma once

#include <string>
#include <vector>

#include "core/base/work.h"
#include "core/store/run_transfer.h"

namespace f8net {

/// `runs`: ids, prefixes or names in the file; empty: all (of a store: that are not in the trash).
RunTransfer import_runs(const std::string& store, const std::string& path, const std::vector<std::string>& runs = {},
                        const Work& work = {});

}  // namespace f8net
