// SPDX-License-Identifier: Apache-2.0
/// Ids of runs: eight characters of time, four of chance; for the .cpp files of this folder.
#pragma once

#include <string>

#include "core/store/connection.h"

namespace f8net {

/// 12 characters of [0-9a-z] whose time is not to come: new ids still sort after it.
bool is_run_id(const std::string& text);
/// Later than every id of the store, so that ids sort by creation also within a millisecond and when the clock was set
/// back.
RunId next_run_id(RunStore::Connection& connection);
/// One that neither a run nor a run's folder has, for a run that was created at that time (seconds since 1970).
RunId unused_run_id(RunStore::Connection& connection, double created_at);
bool is_used(RunStore::Connection& connection, const RunId& run);

}  // namespace f8net
