// SPDX-License-Identifier: Apache-2.0
/// ReLU and the max pool of what it gives, element by element: one source for loops on a CPU and kernels on a GPU.
/// Kept     for backward: of ReLU a bit an element, of the pool a byte a window, which of its places won.
/// Formula  relu(x) = x < 0 ? 0 : x; its gradient passes where not x <= 0. The pool of ReLUs is the ReLU of the pool:
///          the first of the largest values wins, none where none is above 0. NaN goes through both, as in LibTorch.
/// Types    T is float or double; in rectified() and passes_rectifier() also a vector of them.
/// Threads  pure, host and device.
#pragma once

#include "core/fixedpoint/arithmetic.h"

namespace f8net {

template <typename T>
F8NET_ELEMENTWISE T rectified(T x) {
    return x < T{} ? T{} : x;
}
/// A bool, or lanes of 0 and -1.
template <typename T>
F8NET_ELEMENTWISE auto passes_rectifier(T x) {
    return !(x <= T{});
}

/// Elements that share a byte of bits, the first in the lowest.
inline constexpr int kElementsPerByte = 8;
constexpr int64_t bytes_of_bits(int64_t n) {
    return (n + kElementsPerByte - 1) / kElementsPerByte;
}

/// Square windows over planes in N H W C; padding counts as smaller than anything.
struct PoolWindows {
    int64_t images, height, width, channels;  ///< of the input
    int64_t out_height, out_width;
    int kernel, stride, padding;  ///< kernel * kernel <= kMostPlaces

    static constexpr int kMostPlaces = 255;

    struct Range {
        int64_t begin, end;
    };
    /// Row or column of the input where the window of output row or column `out` begins; may be outside.
    F8NET_ELEMENTWISE int64_t start(int64_t out) const { return out * stride - padding; }
    /// Rows or columns of the input, of `size` of them, in that window.
    F8NET_ELEMENTWISE Range inside(int64_t out, int64_t size) const {
        const int64_t first = start(out), last = first + kernel;
        return {first < 0 ? 0 : first, last < size ? last : size};
    }
    /// Output rows or columns, of `out_size` of them, whose windows hold row or column `in`.
    F8NET_ELEMENTWISE Range windows_over(int64_t in, int64_t out_size) const {
        const int64_t before = in + padding - kernel, last = (in + padding) / stride + 1;
        return {before < 0 ? 0 : before / stride + 1, last < out_size ? last : out_size};
    }
    /// The place in the window of (out_row, out_column) where (row, column) is.
    F8NET_ELEMENTWISE uint8_t place(int64_t row, int64_t column, int64_t out_row, int64_t out_column) const {
        return static_cast<uint8_t>((row - start(out_row)) * kernel + column - start(out_column));
    }
};

/// The largest value above 0 of those seen, and its place.
template <typename T>
struct RectifiedMaximum {
    static constexpr uint8_t kNone = PoolWindows::kMostPlaces;
    T value;
    uint8_t place;

    F8NET_ELEMENTWISE static RectifiedMaximum none() { return {T(0), kNone}; }
    F8NET_ELEMENTWISE void see(T x, uint8_t at) {
        const bool wins = (x > value) | (x != x);
        value = wins ? x : value;
        place = wins ? at : place;
    }
};

}  // namespace f8net
