// SPDX-License-Identifier: Apache-2.0
/// Runs of the store for other programs (docs/exchange.md has the formats):
///   CSV          every point of every metric, one a line
///   JSON         all that the store knows of a run; import_runs() reads it back
///   TensorBoard  event files: metrics and fractional lengths as scalars, histograms, configuration as hyperparameters
/// Memory   constant, however long the runs are.
/// Errors   as RunReader; IoError; ConfigError where the target must not be replaced; stopped: Error with kStopped.
///          Then no target was changed.
/// Threads  those of the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/work.h"
#include "core/store/run_store.h"

namespace f8net {

enum class RunFormat { kCsv, kJson, kTensorBoard };
std::string to_string(RunFormat format);  ///< "csv", as --to spells it
std::vector<RunFormat> run_formats();

struct RunExport {
    std::vector<std::string> files;
    int64_t bytes = 0;
    int64_t points = 0;  ///< of metrics
};

/// Into one file; into a file for each run where `path` is a folder (one that exists, or ends in '/'). TensorBoard:
/// into a folder for each run in the folder `path`; of what is there only what an export wrote is replaced.
RunExport export_runs(const RunStore& store, const std::vector<RunId>& runs, RunFormat format, const std::string& path,
                      const Work& work = {});

}  // namespace f8net
