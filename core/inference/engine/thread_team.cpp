// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/thread_team.h"

#include <immintrin.h>

namespace f8net {
namespace {

constexpr int kSpins = 4000;  // some 50 microseconds: longer than most steps' imbalance

/// Returns when value is no longer `old`.
void wait_while(const std::atomic<uint32_t>& value, uint32_t old) {
    for (int i = 0; i < kSpins; ++i) {
        if (value.load(std::memory_order_acquire) != old) return;
        _mm_pause();
    }
    while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int num_threads) : size_(num_threads) {
    for (int part = 1; part < size_; ++part) threads_.emplace_back([this, part] { serve(part); });
}

ThreadTeam::~ThreadTeam() {
    is_ending_ = true;
    ++job_;
    job_.notify_all();
}

void ThreadTeam::run(const std::function<void(int part)>& work) {
    work_ = &work;
    job_.fetch_add(1, std::memory_order_release);
    job_.notify_all();
    work(0);
    meet();  // nobody is inside `work` any more
}

void ThreadTeam::meet() {
    if (size_ == 1) return;
    const uint32_t phase = phase_.load(std::memory_order_acquire);
    if (waiting_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
        waiting_.store(0, std::memory_order_relaxed);
        phase_.fetch_add(1, std::memory_order_release);
        phase_.notify_all();
    } else {
        wait_while(phase_, phase);
    }
}

void ThreadTeam::serve(int part) {
    uint32_t done = 0;
    while (true) {
        wait_while(job_, done);
        if (is_ending_) return;
        ++done;
        (*work_)(part);
        meet();
    }
}

}  // namespace f8net
