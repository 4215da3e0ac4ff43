// SPDX-License-Identifier: Apache-2.0
/// ReLU and the max pool of ReLUs on a CPU (core/fixedpoint/rectifier.h), with their gradients.
/// Shapes   n elements in memory order; of pools N H W C.   Threads  uses LibTorch's worker threads inside.
#pragma once

#include <cstdint>

#include "core/fixedpoint/rectifier.h"

namespace f8net {

/// out = relu(a), or relu(a + b) where b is not null; out may be a. `passing`: bytes_of_bits(n), a bit where the
/// gradient passes; null: not wanted.
template <typename T>
void rectify(const T* a, const T* b, T* out, uint8_t* passing, int64_t n);
/// out = grad where its bit is set, else 0.
template <typename T>
void pass_by_bits(const T* grad, const uint8_t* passing, T* out, int64_t n);

/// The pool, and which place of each window won, a byte each.
template <typename T>
void rectified_max_pool(const T* x, T* out, uint8_t* winners, const PoolWindows& windows);
/// out, in the shape of the pool's input: the sum of grad over the windows that each element won.
template <typename T>
void pass_to_winners(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows);

}  // namespace f8net
