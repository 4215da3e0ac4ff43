// SPDX-License-Identifier: Apache-2.0
#include "core/training/step_recorder.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/modules/host_read.h"

namespace f8net {
namespace {

using Clock = std::chrono::steady_clock;

struct Frame {
    Clock::time_point start;
    double callees = 0;
    bool has_launched = false;  // or one of its callees has
};

std::atomic<StepRecorder*> current = nullptr;
thread_local std::vector<Frame> stack;

/// Views, memory and questions: what computes nothing unless it calls something that does.
bool is_bookkeeping(std::string_view name) {
    static constexpr std::array<std::string_view, 38> kNames = {"_local_scalar_dense",
                                                                "_reshape_alias",
                                                                "_to_copy",
                                                                "_unsafe_view",
                                                                "alias",
                                                                "as_strided",
                                                                "clone",
                                                                "contiguous",
                                                                "detach",
                                                                "detach_",
                                                                "empty",
                                                                "empty_like",
                                                                "empty_strided",
                                                                "expand",
                                                                "expand_as",
                                                                "flatten",
                                                                "is_nonzero",
                                                                "item",
                                                                "lift_fresh",
                                                                "narrow",
                                                                "permute",
                                                                "record_stream",
                                                                "requires_grad_",
                                                                "reshape",
                                                                "resize_",
                                                                "result_type",
                                                                "select",
                                                                "set_",
                                                                "slice",
                                                                "squeeze",
                                                                "t",
                                                                "to",
                                                                "transpose",
                                                                "unsqueeze",
                                                                "view",
                                                                "view_as",
                                                                "zeros",
                                                                "zeros_like"};
    static_assert(std::ranges::is_sorted(kNames));
    constexpr std::string_view kPrefix = "aten::";
    if (name == HostRead::kName) return true;
    return name.starts_with(kPrefix) && std::binary_search(kNames.begin(), kNames.end(), name.substr(kPrefix.size()));
}

/// What autograd's engine notes about the node it is at, around the node's operators.
bool is_of_engine(const at::RecordFunction& function) {
    return std::string_view(function.name()).starts_with("autograd::");
}

}  // namespace

StepRecorder::StepRecorder() {
    stack.clear();
    current = this;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(&StepRecorder::begin, &StepRecorder::end).scopes({at::RecordScope::FUNCTION}));
}

StepRecorder::~StepRecorder() {
    at::removeCallback(handle_);
    current = nullptr;
}

std::unique_ptr<at::ObserverContext> StepRecorder::begin(const at::RecordFunction& function) {
    if (!is_of_engine(function)) stack.push_back({Clock::now()});
    return nullptr;
}

void StepRecorder::end(const at::RecordFunction& function, at::ObserverContext*) {
    StepRecorder* self = current;
    if (self == nullptr || stack.empty() || is_of_engine(function)) return;  // or began before this object did
    const Frame frame = stack.back();
    stack.pop_back();
    const double all = std::chrono::duration<double, std::milli>(Clock::now() - frame.start).count();
    Entry& entry = self->entries_[function.name()];
    entry.ms += all - frame.callees;
    ++entry.calls;
    const bool launches = !frame.has_launched && !is_bookkeeping(function.name());
    if (launches) ++entry.launches;
    if (stack.empty()) {
        ++entry.outer_calls;
    } else {
        stack.back().callees += all;
        stack.back().has_launched = stack.back().has_launched || launches || frame.has_launched;
    }
}

MemoryMeter::MemoryMeter() : state_(std::make_shared<State>()), guard_(c10::DebugInfoKind::PROFILER_STATE, state_) {}

void MemoryMeter::State::reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) {
    live += size;
    peak = std::max(peak.load(), live.load());
}

}  // namespace f8net
