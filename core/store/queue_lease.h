// SPDX-License-Identifier: Apache-2.0
/// The right to start the runs of a store's queue: one process has it at a time. It is renewed by a heartbeat, and
/// taken over when its holder is gone from this host and boot, or silent for kHeartbeatLimitSeconds elsewhere. Errors
/// StoreError at construction where a living process holds it (who, and how to stop it); LeaseLost from renew()
///          and set_run() once another process has taken it over.
/// Threads  those of its RunStore.   Lifetime: the store must outlive it.
#pragma once

#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/store/run_queue.h"

namespace f8net {

class LeaseLost final : public StoreError {
public:
    using StoreError::StoreError;
};

inline constexpr double kLeaseRenewalSeconds = 5;

[[noreturn]] void throw_queue_is_run(const std::string& store_path, const RunOwner& holder);

class QueueLease {
public:
    explicit QueueLease(RunStore& store);
    ~QueueLease();  ///< gives it back
    QueueLease(const QueueLease&) = delete;
    QueueLease& operator=(const QueueLease&) = delete;

    /// The run that the holder before was training when it vanished; the run may still be trained.
    const std::optional<RunId>& inherited() const { return inherited_; }
    void renew();
    /// The run being trained, for the next holder and for those who look.
    void set_run(const std::optional<RunId>& run);
    RunnerRequest request() const;

private:
    RunStore& store_;
    RunOwner self_;
    int64_t job_ = 0;
    std::optional<RunId> inherited_;
};

}  // namespace f8net
