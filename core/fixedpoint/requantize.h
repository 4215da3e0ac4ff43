// SPDX-License-Identifier: Apache-2.0
/// Integer accumulator at one fractional length to a code at another: shift, round half to even, clamp. The only
/// rescaling there is. Formula  s = fl_in - fl_out; s > 0: arithmetic shift right with round half to even; s <= 0:
/// shift left. Then the code range.
///          Nothing wraps: shifts and rounding addends saturate, for every accumulator of the type and every pair of
///          lengths.
/// Source   method.md 1.   Threads  pure, host and device.
#pragma once

#include <cstdint>

#include "core/fixedpoint/format.h"
#include "core/fixedpoint/quantize.h"

namespace f8net {

/// floor(x / 2^shift) plus one where the rest asks for it; 0 <= shift.
F8NET_HOST_DEVICE constexpr int64_t shift_right_half_even(int64_t x, int shift) {
    if (shift <= 0) return x;
    if (shift > 62) return shift == 63 && x < -(int64_t{1} << 62) ? -1 : shift == 63 && x > (int64_t{1} << 62) ? 1 : 0;
    const int64_t quotient = x >> shift;
    const int64_t rest = x - quotient * (int64_t{1} << shift);
    const int64_t half = int64_t{1} << (shift - 1);
    return quotient + (rest > half || (rest == half && (quotient & 1) != 0) ? 1 : 0);
}

/// shift as fl_in - fl_out; min_code <= 0 <= max_code < 2^32.
F8NET_HOST_DEVICE constexpr int64_t requantize_round_half_even(int64_t accumulator, int shift, int64_t min_code,
                                                               int64_t max_code) {
    const auto clamp = [&](int64_t x) { return x < min_code ? min_code : x > max_code ? max_code : x; };
    if (shift > 0) return clamp(shift_right_half_even(accumulator, shift));
    // Clamped first, the shift cannot overflow, and the result is the same.
    const int left = shift < -31 ? 31 : -shift;
    const int64_t shifted = clamp(accumulator) * (int64_t{1} << left);
    return shift < -31 && shifted != 0 ? (shifted > 0 ? max_code : min_code) : clamp(shifted);
}

inline int64_t requantize_round_half_even(int64_t accumulator, int fl_in, const FixedPointFormat& out) {
    return requantize_round_half_even(accumulator, fl_in - out.fractional_length, out.min_stored(), out.max_stored());
}

}  // namespace f8net
