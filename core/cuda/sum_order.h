// SPDX-License-Identifier: Apache-2.0
/// The order in which a GPU sums, written so that a loop on the host can go through the same one: what a thread does,
/// and how threads' sums are put together. Kernels put __syncthreads between the steps, sum_on_host a loop over the
/// threads around each. Order    part p has kPartElements elements; thread t of it takes t, t + kSumThreads, ...; their
/// sums are
///          folded as a tree; the parts' sums likewise. It depends on the number of elements alone.
/// Threads  pure, host and device.
#pragma once

#include <cstdint>
#include <vector>

#include "core/fixedpoint/arithmetic.h"

// For loops whose loads need not wait for each other. Compilers of hosts do not know it, and have vectors.
#if defined(__CUDA_ARCH__)
#define F8NET_UNROLL(times) _Pragma(F8NET_UNROLL_TEXT(unroll times))
#define F8NET_UNROLL_TEXT(text) #text
#else
#define F8NET_UNROLL(times)
#endif

namespace f8net {

inline constexpr int kSumThreads = 256;
/// As few as the float32 sums of a thread stay exact to kRoughSumBound.
inline constexpr int kElementsPerThread = 32;
inline constexpr int64_t kPartElements = int64_t{kSumThreads} * kElementsPerThread;

F8NET_ELEMENTWISE int64_t num_sum_parts(int64_t n) {
    return (n + kPartElements - 1) / kPartElements;
}

/// Sums of several quantities side by side. Not initialized, so that it can lie in a block's shared memory.
template <int kCount>
struct PartialSums {
    double values[kCount];

    F8NET_ELEMENTWISE static PartialSums zero() {
        PartialSums sums;
        for (int i = 0; i < kCount; ++i) sums.values[i] = 0;
        return sums;
    }
    F8NET_ELEMENTWISE void add(const PartialSums& other) {
        for (int i = 0; i < kCount; ++i) values[i] += other.values[i];
    }
};

/// One level of the tree, stride = kSumThreads / 2, ..., 1: the result is sums[0].
template <int kCount>
F8NET_ELEMENTWISE void fold(PartialSums<kCount>* sums, int thread, int stride) {
    if (thread < stride) sums[thread].add(sums[thread + stride]);
}

/// What thread `thread` takes of the parts' sums.
template <int kCount>
F8NET_ELEMENTWISE PartialSums<kCount> sum_of_parts(const PartialSums<kCount>* parts, int64_t num_parts, int thread) {
    auto sums = PartialSums<kCount>::zero();
    for (int64_t part = thread; part < num_parts; part += kSumThreads) sums.add(parts[part]);
    return sums;
}

/// Calls use(x[i]) for each element of a thread of a part, in its order.
template <typename T, typename Use>
F8NET_ELEMENTWISE void for_elements_of_thread(const T* x, int64_t n, int64_t part, int thread, const Use& use) {
    const int64_t first = part * kPartElements + thread;
    if (first + (kElementsPerThread - 1) * int64_t{kSumThreads} < n) {  // a whole part: loads need not wait for tests
        F8NET_UNROLL(8)
        for (int k = 0; k < kElementsPerThread; ++k) use(x[first + k * int64_t{kSumThreads}]);
        return;
    }
    for (int64_t i = first; i < n && i < (part + 1) * kPartElements; i += kSumThreads) use(x[i]);
}

/// The same sum of a part as a block of a GPU has. Pass: kCount, of_thread(part, thread) -> PartialSums<kCount>.
template <typename Pass>
PartialSums<Pass::kCount> sum_of_part_on_host(const Pass& pass, int64_t part) {
    std::vector<PartialSums<Pass::kCount>> shared(kSumThreads);
    for (int thread = 0; thread < kSumThreads; ++thread)
        shared[static_cast<size_t>(thread)] = pass.of_thread(part, thread);
    for (int stride = kSumThreads / 2; stride > 0; stride /= 2) {
        for (int thread = 0; thread < kSumThreads; ++thread) fold(shared.data(), thread, stride);
    }
    return shared[0];
}

/// Second level: the parts' sums as the one block that puts them together takes them.
template <int kSums>
struct SumsOfParts {
    static constexpr int kCount = kSums;
    const std::vector<PartialSums<kSums>>& parts;
    PartialSums<kSums> of_thread(int64_t, int thread) const {
        return sum_of_parts(parts.data(), static_cast<int64_t>(parts.size()), thread);
    }
};

/// Of all parts; pass.num_parts() says how many.
template <typename Pass>
PartialSums<Pass::kCount> sum_on_host(const Pass& pass) {
    std::vector<PartialSums<Pass::kCount>> parts;
    for (int64_t part = 0; part < pass.num_parts(); ++part) parts.push_back(sum_of_part_on_host(pass, part));
    return sum_of_part_on_host(SumsOfParts<Pass::kCount>{parts}, 0);
}

}  // namespace f8net
