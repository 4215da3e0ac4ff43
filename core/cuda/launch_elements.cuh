// SPDX-License-Identifier: Apache-2.0
/// The launch of a pass over single elements (for_shares of element_passes.h).
#pragma once

#include <algorithm>

#include "core/cuda/element_passes.h"
#include "core/cuda/launch.cuh"

namespace f8net {
namespace {

template <typename Pass>
__global__ void __launch_bounds__(kThreads) element_kernel(Pass pass) {
    for_shares(pass, blockIdx.x * static_cast<int64_t>(kThreads) + threadIdx.x,
               gridDim.x * static_cast<int64_t>(kThreads));
}

/// A thread a share; beyond a million blocks each takes more.
template <typename Pass>
int launch_elements(const Pass& pass, GpuStream stream) {
    constexpr int64_t kMostBlocks = 1 << 20;
    const int64_t shares = pass.is_packed ? pass.n / Pass::kWidth + pass.n % Pass::kWidth : pass.n;
    const auto blocks = std::clamp<int64_t>((shares + kThreads - 1) / kThreads, 1, kMostBlocks);
    element_kernel<<<static_cast<unsigned>(blocks), kThreads, 0, as_stream(stream)>>>(pass);
    return launch_result();
}

}  // namespace
}  // namespace f8net
