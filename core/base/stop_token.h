// SPDX-License-Identifier: Apache-2.0
/// What the outside wants of running work; safe to set from a signal handler and from any thread.
#pragma once

#include <atomic>

namespace f8net {

class StopToken {
public:
    void request_stop() { stop_.store(true, std::memory_order_relaxed); }
    bool stop_requested() const { return stop_.load(std::memory_order_relaxed); }

    void request_checkpoint() { checkpoint_.store(true, std::memory_order_relaxed); }
    /// True once for each request (requests that come together count as one).
    bool take_checkpoint_request() { return checkpoint_.exchange(false, std::memory_order_relaxed); }

private:
    std::atomic<bool> stop_{false};
    std::atomic<bool> checkpoint_{false};
    static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace f8net
