// SPDX-License-Identifier: Apache-2.0
/// Static splitting of work over threads: the same split for the same counts, so results do not depend on timing.
#pragma once

#include <cstdint>
#include <functional>

namespace f8net {

/// Cores this process may use (affinity and cgroup limits included), at least 1.
int available_threads();

/// Calls body(begin, end, thread) on `num_threads` threads with contiguous parts of [0, count); the caller's thread is one.
/// The first exception thrown by a part is thrown again here, after all parts have ended.
void parallel_for(int num_threads, int64_t count, const std::function<void(int64_t begin, int64_t end, int thread)>& body);

}  // namespace f8net
