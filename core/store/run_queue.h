// SPDX-License-Identifier: Apache-2.0
/// The runs of a store that wait for their turn: joining, order, leaving, and who starts them. A run waits when it is
/// queued and has a position; one that `f8net train` is about to start is queued without a position.
/// Errors   as RunStore; ConfigError where a run cannot do what is asked, with the way out.
/// Threads  those of its RunStore.   Lifetime: the store must outlive it.
#pragma once

#include <string>

#include "core/store/run_record.h"

namespace f8net {

class RunStore;

/// What a runner of the queue is asked to do. kStopAfterRun: no further run is started; kStopNow: the run being trained
/// is saved too, and is first in the queue again.
enum class RunnerRequest { kNone, kStopAfterRun, kStopNow };

class RunQueue {
public:
    explicit RunQueue(RunStore& store) : store_(store) {}

    /// A run that is stopped, paused, failed or crashed (it goes on where it was), or that never began. Position 1 is
    /// next; past the end: last. The same for a run that waits already: it moves.
    void put(const RunId& run, int64_t position);
    void append(const RunId& run);
    /// Out of the queue; the run is stopped then, and can be resumed or queued again.
    void remove(const RunId& run);
    /// A waiting run that ended before it trained anything is failed, so that it does not block the others.
    void fail(const RunId& run, int exit_code, const std::string& message);

    /// False where no runner is there to ask.
    bool ask_runner(RunnerRequest request);

private:
    RunStore& store_;
};

}  // namespace f8net
