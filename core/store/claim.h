// SPDX-License-Identifier: Apache-2.0
/// One process's hold on one run: exclusive from construction, renewed with every commit, given back at the end.
/// Errors   ClaimLost once another process has taken the run over (this one was silent for too long, from that one's
/// view). Threads  one at a time.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/store/connection.h"

namespace f8net {

class ClaimLost final : public StoreError {
public:
    using StoreError::StoreError;
};

class Claim {
public:
    /// StoreError where a living process holds it; ConfigError: no such run, or it is in the trash.
    Claim(RunStore::Connection& connection, const RunId& run);

    int64_t row() const { return row_; }
    int attempt() const { return attempt_; }

    void renew();                               ///< inside the caller's transaction
    void forget_after(Step step, Epoch epoch);  ///< in a transaction of its own
    std::vector<RunRequest> take_requests();    ///< new since the last call; writes only where there are some
    void end(RunState state, int exit_code, const std::string& message);  ///< inside the caller's transaction
    void release();  ///< without an end: readers see a crash at once

private:
    RunStore::Connection& connection_;
    RunId run_;
    int64_t row_ = 0;
    int attempt_ = 0;
    std::string token_;
};

}  // namespace f8net
