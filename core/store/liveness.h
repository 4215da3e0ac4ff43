// SPDX-License-Identifier: Apache-2.0
/// Is the process that trains a run still there? Told by pid, start time and boot on this host, by the heartbeat's age
/// elsewhere. Threads  pure, but for reading /proc.
#pragma once

#include "core/store/run_record.h"

namespace f8net {

inline constexpr double kHeartbeatLimitSeconds = 60;

/// This process, with the heartbeat now.
RunOwner this_process();
bool is_alive(const RunOwner& owner, double now);
/// "pid 123 on host, since ..." for messages.
std::string to_string(const RunOwner& owner);

}  // namespace f8net
