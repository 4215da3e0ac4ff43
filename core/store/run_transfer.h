// SPDX-License-Identifier: Apache-2.0
/// Runs of one store into another, with their folders: all of the chosen ones, or none.
/// Errors   ConfigError: no such store or run, the same store; StoreError: the source is damaged or of another schema,
///          a chosen run is being trained, the target is busy; IoError: a file cannot be copied; stopped: Error with
///          kStopped. The target is then as it was.
/// Threads  any; opens connections of its own.
#pragma once

#include <string>
#include <vector>

#include "core/base/work.h"
#include "core/store/run_record.h"

namespace f8net {

struct TransferredRun {
    RunId from, to;  ///< the same, unless the target has a run of that id
    std::string name;
};

struct RunTransfer {
    std::vector<TransferredRun> runs;
    std::vector<RunSummary> left_out;  ///< of all: those that are being trained
};

/// `runs` empty: all that are not in the trash. A run keeps its id unless the target has one of that id already, then
/// it gets another, and its children follow. What waited or was trained when its process vanished is stopped, or
/// crashed. Files are copied without the target's lock, rows in one transaction.
RunTransfer transfer_runs(const std::string& source, const std::vector<RunId>& runs, const std::string& target,
                          const Work& work = {});

}  // namespace f8net
