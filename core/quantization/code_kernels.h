// SPDX-License-Identifier: Apache-2.0
/// Passes over the 8-bit codes that training keeps for backward, on a CPU: to bytes, back to values, the
/// straight-through gradient by the code. A byte is an int8_t where the grid is signed, else a uint8_t; `codes` points
/// to either. Shapes   n elements in memory order; rows: num_rows x channels, channels fastest. Source   CodeGrid of
/// core/fixedpoint/arithmetic.h; method.md 1.   Threads  uses LibTorch's worker threads inside.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "core/fixedpoint/arithmetic.h"

namespace f8net {

/// The codes of x, and q = grid.real(x) where q is not null.
template <typename T>
void quantize_to_bytes(const T* x, T* q, void* codes, int64_t n, const CodeGrid<T>& grid);

/// A tensor of codes and where what they stand for goes.
template <typename T>
struct BytesToValues {
    const void* codes;
    T* values;
    int64_t n;
    CodeGrid<T> grid;
};
template <typename T>
void bytes_to_values(std::initializer_list<BytesToValues<T>> tensors);

/// Where a signed code is `highest` or its negative, in order; empty optional where there are more than `most`.
std::optional<std::vector<int64_t>> find_edge_codes(const int8_t* codes, int64_t n, int8_t highest, int64_t most);

/// gradient = gradient (+ other, or + offset of its channel, where one is not null) where the code passes, else 0.
template <typename T>
void pass_by_code(T* gradient, const T* other, const T* offset, const void* codes, int64_t num_rows, int64_t channels,
                  const CodeGrid<T>& grid);

}  // namespace f8net
