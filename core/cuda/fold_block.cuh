// SPDX-License-Identifier: Apache-2.0
/// The tree of sum_order.h over the threads of a block.
#pragma once

#include "core/cuda/launch.cuh"
#include "core/cuda/sum_order.h"

namespace f8net {
namespace {

static_assert(kThreads == kSumThreads);

/// The sum is shared[0], for thread 0.
template <int kCount>
__device__ void fold_block(PartialSums<kCount>* shared) {
    for (int stride = kSumThreads / 2; stride > 0; stride /= 2) {
        __syncthreads();
        fold(shared, static_cast<int>(threadIdx.x), stride);
    }
}

}  // namespace
}  // namespace f8net
