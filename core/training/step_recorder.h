// SPDX-License-Identifier: Apache-2.0
/// What happens between two points of a program in LibTorch: operators and tensor memory. Times are the host's, without
/// what was called, so they add up.
/// Threads  one recorder and one meter at a time; what backward does in threads of its own counts.
#pragma once

#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace f8net {

/// While it lives.
class StepRecorder {
public:
    StepRecorder();
    ~StepRecorder();
    StepRecorder(const StepRecorder&) = delete;
    StepRecorder& operator=(const StepRecorder&) = delete;

    struct Entry {
        double ms = 0;
        int64_t calls = 0, outer_calls = 0;  ///< outer: not within another one
        /// Calls that compute by themselves, neither views and allocations nor what only calls others: on a GPU each
        /// launches a kernel or some.
        int64_t launches = 0;
    };
    const std::map<std::string, Entry>& entries() const { return entries_; }

private:
    static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&);
    static void end(const at::RecordFunction& function, at::ObserverContext*);

    at::CallbackHandle handle_;
    std::map<std::string, Entry> entries_;
};

/// Bytes of tensors that this thread made and that are not yet gone; frees of older tensors count below zero.
class MemoryMeter {
public:
    MemoryMeter();
    int64_t live_bytes() const { return state_->live; }
    int64_t peak_bytes() const { return state_->peak; }
    void restart_peak() { state_->peak = state_->live.load(); }

private:
    struct State : c10::MemoryReportingInfoBase {
        void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override;
        bool memoryProfilingEnabled() const override { return true; }
        std::atomic<int64_t> live = 0, peak = 0;
    };
    std::shared_ptr<State> state_;
    c10::DebugInfoGuard guard_;
};

}  // namespace f8net
