// SPDX-License-Identifier: Apache-2.0
#include "core/training/step_recorder.h"

#include <algorithm>
#include <string_view>

namespace f8net {
namespace {

using Clock = std::chrono::steady_clock;

struct Frame {
    Clock::time_point start;
    double callees = 0;
};

std::atomic<StepRecorder*> current = nullptr;
thread_local std::vector<Frame> stack;

/// What autograd's engine notes about the node it is at, around the node's operators.
bool is_of_engine(const at::RecordFunction& function) {
    return std::string_view(function.name()).starts_with("autograd::");
}

}  // namespace

StepRecorder::StepRecorder(What what) {
    stack.clear();
    current = this;
    const at::RecordScope scope = what == What::kParts ? at::RecordScope::USER_SCOPE : at::RecordScope::FUNCTION;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(&StepRecorder::begin, &StepRecorder::end).scopes({scope}));
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
    const int known = static_cast<int>(self->entries_.size());
    const auto [place, is_new] = self->entries_.try_emplace(function.name());
    Entry& entry = place->second;
    if (is_new) entry.first = known;
    entry.ms += all - frame.callees;
    ++entry.calls;
    if (stack.empty()) {
        ++entry.outer_calls;
    } else {
        stack.back().callees += all;
    }
}

MemoryMeter::MemoryMeter() : state_(std::make_shared<State>()), guard_(c10::DebugInfoKind::PROFILER_STATE, state_) {}

void MemoryMeter::State::reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) {
    live += size;
    peak = std::max(peak.load(), live.load());
}

}  // namespace f8net
