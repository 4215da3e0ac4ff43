// SPDX-License-Identifier: Apache-2.0
/// Starts the waiting runs of a store one after another, each as a process of its own in a session of its own.
/// Lease    one runner a store (QueueLease); a run that a vanished runner left behind is waited for, or, where it
///          vanished too, goes on first.
/// Failure  a run that fails or crashes does not stop the others; one that ends before it trained anything is failed
///          with the last line it said. A store that cannot be written is tried again.
/// Signals  SIGTERM, SIGINT, SIGHUP, SIGUSR2: the run saves, is first in the queue again, and the runner ends; a second
///          SIGINT kills it first. SIGKILL: the run goes on by itself; the next runner waits for it.
/// Threads  make it in the main thread, with no other threads.
#pragma once

#include <string>
#include <vector>

#include "app/cli/console.h"
#include "core/base/units.h"

namespace f8net {

struct QueueRunnerOptions {
    std::string store;
    enum class Until { kStopped, kOneRun, kEmpty } until = Until::kStopped;
};

struct QueueOutcome {
    std::vector<RunId> runs;   ///< that ended, in their order
    bool any_failed = false;   ///< or crashed
    bool was_stopped = false;  ///< by a signal or a request
};

/// Errors   StoreError where the queue has a runner already, LeaseLost where another one took over.
QueueOutcome run_queue(const QueueRunnerOptions& options, Console& console);

}  // namespace f8net
