// SPDX-License-Identifier: Apache-2.0
/// What launches of this folder's kernels have in common.
#pragma once

#include <cuda_runtime_api.h>

#include "core/cuda/kernels.h"

namespace f8net {

inline constexpr int kThreads = 256;

inline cudaStream_t as_stream(GpuStream stream) {
    return static_cast<cudaStream_t>(stream);
}

/// CUDA's code of the launch before, which it forgets.
inline int launch_result() {
    return static_cast<int>(cudaGetLastError());
}

}  // namespace f8net
