// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_record.h"

#include <array>
#include <utility>

namespace f8net {

namespace {
constexpr std::array<std::pair<RunState, const char*>, 7> kStates{{{RunState::kQueued, "queued"},
                                                                   {RunState::kRunning, "running"},
                                                                   {RunState::kPaused, "paused"},
                                                                   {RunState::kFinished, "finished"},
                                                                   {RunState::kStopped, "stopped"},
                                                                   {RunState::kFailed, "failed"},
                                                                   {RunState::kCrashed, "crashed"}}};
}  // namespace

std::string to_string(RunState state) {
    for (const auto& [value, text] : kStates) {
        if (value == state) return text;
    }
    return "crashed";
}

std::optional<RunState> parse_run_state(const std::string& text) {
    for (const auto& [value, name] : kStates) {
        if (name == text) return value;
    }
    return std::nullopt;
}

}  // namespace f8net
