// SPDX-License-Identifier: Apache-2.0
/// Starts this program again, in a session of its own, so that it outlives terminal and parent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace f8net {

/// Output and messages go to `log_path` (appended); standard input is empty. Returns the process id.
/// Errors   IoError where the log cannot be written or the program not be started.
int64_t start_detached(const std::vector<std::string>& arguments, const std::string& log_path);

}  // namespace f8net
