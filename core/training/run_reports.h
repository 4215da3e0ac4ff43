// SPDX-License-Identifier: Apache-2.0
/// What a run tells its observer on the way, with its place in the run: steps with the speed since the last one,
/// events, the ends of epochs.   Threads  one at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/run/run_observer.h"
#include "core/training/run_position.h"
#include "core/training/stage.h"

namespace f8net {

class RunReports {
public:
    /// Both must outlive it.
    RunReports(RunObserver& observer, const RunPosition& position) : observer_(observer), position_(position) {}

    /// Images per second are counted from now on.
    void restart_clock();
    void count(const StepResult& result) { images_ += result.images; }
    /// The step that the position is at.
    void step(const StepResult& result, double learning_rate, int64_t steps_per_epoch);
    void event(EventLevel level, const std::string& kind, const std::string& message);
    /// Once: where the process holds more than `limit_mb`; 0: never.
    void warn_of_memory(int64_t limit_mb);

private:
    RunObserver& observer_;
    const RunPosition& position_;
    std::chrono::steady_clock::time_point last_;
    int64_t images_ = 0;  // since then
    bool has_warned_of_memory_ = false;
};

/// The epoch that ends at the position, as far as its steps and its evaluation tell; the position still holds its sums.
EpochReport epoch_report(const RunPosition& position, const std::optional<EvaluationResult>& evaluation,
                         const std::string& evaluated_split);

}  // namespace f8net
