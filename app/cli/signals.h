// SPDX-License-Identifier: Apache-2.0
/// Signals as requests to running work, for as long as the object lives: SIGINT, SIGTERM, SIGUSR2 and, unless it is
/// ignored (nohup), SIGHUP ask to stop (finish the step, save), SIGUSR1 asks for a checkpoint. A second SIGINT ends the
/// process at once (130). Threads  make it in the main thread; one at a time.   Lifetime  the token must outlive it.
#pragma once

#include <string>
#include <utility>

#include "core/base/stop_token.h"

namespace f8net {

class SignalRequests {
public:
    /// announces: a request to stop is answered with a line on standard error (of several ranks only rank 0 does).
    explicit SignalRequests(StopToken& token, bool announces = true);
    ~SignalRequests();  ///< what the signals did before is back
    SignalRequests(const SignalRequests&) = delete;
    SignalRequests& operator=(const SignalRequests&) = delete;

    /// The signal that asked to stop; 0 where none did.
    int stop_signal() const;
};

/// Work in steps that ends where a signal asks it to: what it has open is then put away, and what it started is ended.
class Interruptible {
public:
    /// `message`: what the user reads in the end ("hand-off stopped; nothing was written").
    explicit Interruptible(std::string message) : message_(std::move(message)), signals_(stop_) {}
    /// Between two steps.   Errors  Error of kStopped where somebody asked to stop.
    void need_going_on() const;

private:
    const std::string message_;
    StopToken stop_;
    SignalRequests signals_;
};

}  // namespace f8net
