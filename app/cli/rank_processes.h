// SPDX-License-Identifier: Apache-2.0
/// This program as several ranks on this host: started together, watched, ended together.
/// Signals  SIGINT, SIGTERM, SIGUSR1, SIGUSR2 go to every rank (SIGHUP as SIGTERM); a rank that is stopped by the
///          terminal alone does not exist: ranks have no terminal.
/// Failure  where one fails or is killed, the others have kFarewellSeconds to end by themselves (they notice), then
///          SIGTERM, and kStopSeconds later SIGKILL. Where this process is killed, the ranks get SIGTERM.
/// Output   rank 0 writes where this process writes; lines of the others go to standard error as "[rank 2] ...".
/// Threads  make it in the main thread, with no other threads.
#pragma once

#include <string>
#include <vector>

#include "app/cli/console.h"

namespace f8net {

inline constexpr double kFarewellSeconds = 3;
inline constexpr double kStopSeconds = 20;

/// Runs `f8net ARGUMENTS` in `num_ranks` processes with torchrun's variables; rank 0 listens at `port` on the loopback.
/// Returns the exit code of the first that failed (128 + signal where it was killed), else 75 where they were stopped,
/// else 0. Errors   IoError where a process cannot be started.
int run_ranks(const std::vector<std::string>& arguments, int num_ranks, int port, Console& console);

/// A TCP port of the loopback that nobody uses at the moment.   Errors   IoError.
int free_port();

}  // namespace f8net
