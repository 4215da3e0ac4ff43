// SPDX-License-Identifier: Apache-2.0
/// Time by LibTorch operator, without its callees, over everything this thread runs while one of these lives. What runs
/// between operators (the project's own kernels) is the rest of the wall time.   Threads  one; a CPU's backward runs in
/// the thread that asked for it.
#pragma once

#include <ATen/record_function.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace f8net {

class OperatorTimes {
public:
    OperatorTimes() {
        current_ = this;
        handle_ =
            at::addThreadLocalCallback(at::RecordFunctionCallback(&OperatorTimes::begin, &OperatorTimes::end)
                                           .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
    }
    ~OperatorTimes() {
        at::removeCallback(handle_);
        current_ = nullptr;
    }
    OperatorTimes(const OperatorTimes&) = delete;
    OperatorTimes& operator=(const OperatorTimes&) = delete;

    struct Entry {
        double milliseconds = 0;
        int64_t calls = 0;
    };
    const std::map<std::string, Entry>& entries() const { return entries_; }

private:
    using Clock = std::chrono::steady_clock;
    struct Frame {
        Clock::time_point start;
        double callees = 0;
    };

    static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&) {
        current_->stack_.push_back({Clock::now()});
        return nullptr;
    }
    static void end(const at::RecordFunction& function, at::ObserverContext*) {
        OperatorTimes& self = *current_;
        if (self.stack_.empty()) return;  // began before this object did
        const Frame frame = self.stack_.back();
        self.stack_.pop_back();
        const double all = std::chrono::duration<double, std::milli>(Clock::now() - frame.start).count();
        Entry& entry = self.entries_[function.name()];
        entry.milliseconds += all - frame.callees;
        ++entry.calls;
        if (!self.stack_.empty()) self.stack_.back().callees += all;
    }

    static inline thread_local OperatorTimes* current_ = nullptr;
    at::CallbackHandle handle_;
    std::vector<Frame> stack_;
    std::map<std::string, Entry> entries_;
};

}  // namespace f8net
