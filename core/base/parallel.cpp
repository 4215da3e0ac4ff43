// SPDX-License-Identifier: Apache-2.0
#include "core/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace f8net {

int available_threads() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_for(int num_threads, int64_t count,
                  const std::function<void(int64_t begin, int64_t end, int thread)>& body) {
    const int parts = static_cast<int>(std::clamp<int64_t>(count, 1, std::max(1, num_threads)));
    std::vector<std::exception_ptr> errors(static_cast<size_t>(parts));
    const auto run = [&](int part) {
        try {
            body(count * part / parts, count * (part + 1) / parts, part);
        } catch (...) {
            errors[static_cast<size_t>(part)] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int part = 1; part < parts; ++part) threads.emplace_back(run, part);
        run(0);
    }
    for (const auto& error : errors) {
        if (error) std::rethrow_exception(error);
    }
}

}  // namespace f8net
