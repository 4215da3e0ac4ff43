// SPDX-License-Identifier: Apache-2.0
/// The quantization errors of all fractional lengths of a word in one pass over a dense buffer on a CPU.
/// Formula  with a_k the distance of |x| to the grid of step 2^-k:  a_(k+1) = min(a_k, 2^-(k+1) - a_k), because each
/// grid holds the one before. A value beyond the largest code's t_k = hi / 2^k errs by |x| - t_k, which is more than
/// a_k: the error is max(a_k, |x| - t_k). How a tie rounds does not matter, both neighbours are as far. Unsigned words:
/// a negative x errs by |x| with every length. All of it is exact in the element's own type, but for |x| - t_k of very
/// large values.
/// Order    fixed parts of the buffer, fixed lanes: the sums do not depend on the number of threads.
/// Source   method.md 2.2.   Threads  uses LibTorch's worker threads inside.
#pragma once

#include <array>
#include <cstdint>

namespace f8net {

/// One pass serves this many lengths: all of an 8-bit word.
inline constexpr int kLengthsPerPass = 9;
using SquareErrors = std::array<double, kLengthsPerPass>;

/// Sums of (x - Q(x; FL))^2 for FL = first .. first + 8, the codes being 0 .. highest or -highest .. highest. Computed
/// in float64. NaN and infinities give sums that are not finite.
template <typename T>
SquareErrors square_errors(const T* x, int64_t n, double highest, bool is_signed, int first);

/// The same for FL = 0 .. 8 at twice the speed: squares and short sums in float32. Each sum is within a factor of
/// 1 +- kRoughBound of the exact one, give or take n * 2^-126 where squares are too small for a float32; sums that are
/// not finite say nothing.   highest below 2^20.
inline constexpr double kRoughBound = 3e-6;
SquareErrors rough_square_errors(const float* x, int64_t n, double highest, bool is_signed);

}  // namespace f8net
