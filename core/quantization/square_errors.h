// SPDX-License-Identifier: Apache-2.0
/// The quantization errors of all fractional lengths of a word in one pass over a dense buffer on a CPU.
/// Formula  ErrorGrids of core/fixedpoint/arithmetic.h.
/// Order    fixed parts of the buffer, fixed lanes: the sums do not depend on the number of threads.
/// Source   method.md 2.2.   Threads  uses LibTorch's worker threads inside.
#pragma once

#include <array>
#include <cstdint>

#include "core/fixedpoint/error_window.h"

namespace f8net {

using SquareErrors = std::array<double, kLengthsPerPass>;

/// Sums of (x - Q(x; FL))^2 for FL = first .. first + 8, the codes being 0 .. highest or -highest .. highest. Computed
/// in float64. NaN and infinities give sums that are not finite.
template <typename T>
SquareErrors square_errors(const T* x, int64_t n, double highest, bool is_signed, int first);

/// As near to the exact sums as kRoughBound says, and several times as fast: squares and short sums in float32. Sums
/// that are not finite say nothing. Of unsigned words the errors of negative values, which all lengths share, stand
/// apart: they are large and would hide the others.
template <int kCount>
struct RoughErrors {
    std::array<double, kCount> sums;
    double below = 0;
};
/// For FL = 0 .. 8.   highest below 2^14.
RoughErrors<kLengthsPerPass> rough_square_errors(const float* x, int64_t n, double highest, bool is_signed);
/// ErrorWindow's sums for FL = first and first + 1, near the speed of reading x.   highest below 2^14.
using WindowErrors = RoughErrors<ErrorWindow<float>::kSums>;
WindowErrors rough_window_errors(const float* x, int64_t n, double highest, bool is_signed, int first);

}  // namespace f8net
