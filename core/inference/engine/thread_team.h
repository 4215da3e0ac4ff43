// SPDX-License-Identifier: Apache-2.0
/// Threads that stay and work on one image together: they meet at a barrier after every step, so they wait busily for a
/// short time before they sleep.   Threads  run() is for one caller at a time, who is part 0.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace f8net {

class ThreadTeam {
public:
    /// Starts num_threads - 1 threads.
    explicit ThreadTeam(int num_threads);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;

    int size() const { return size_; }
    /// work(part) on every thread; it must not throw.
    void run(const std::function<void(int part)>& work);
    /// Within work: returns when all parts are here.
    void meet();

private:
    void serve(int part);

    const int size_;
    const std::function<void(int)>* work_ = nullptr;
    std::atomic<uint32_t> job_{0}, phase_{0};
    std::atomic<int> waiting_{0};
    std::atomic<bool> is_ending_{false};
    std::vector<std::jthread> threads_;
};

}  // namespace f8net
