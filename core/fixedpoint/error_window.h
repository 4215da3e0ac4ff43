// SPDX-License-Identifier: Apache-2.0
/// The quantization errors of two neighbouring fractional lengths in one pass, with bounds for all others: most of the
/// time they tell that the best length is one of the two, at a quarter of the work of trying all (ErrorGrids).
/// Formula  a value errs by its distance to the nearest code, clamped to the highest. Lengths below the two: each value
///          errs by at least its distance to the grid of the next lower one, unclamped, the grids being nested. Lengths
///          above: by at least what it exceeds the largest value of the next higher one, since that falls.
/// Types    as arithmetic.h.   Threads  pure, host and device.
#pragma once

#include "core/fixedpoint/arithmetic.h"

namespace f8net {

template <typename Real>
struct ErrorWindow {
    static constexpr int kLengths = 2;
    static constexpr int kSums = kLengths + 2;  ///< bound of the lengths below; two errors; bound of those above

    Real highest_code;
    Real scale[1 + kLengths], step[1 + kLengths];  ///< of lengths first - 1, first, first + 1
    Real highest_above;                            ///< the largest value of length first + 2

    /// Lengths first and first + 1, below 60; highest_code below 2^14: what is too large for nearest_step is then
    /// clamped, and errs by more than its distance there.
    F8NET_ELEMENTWISE static ErrorWindow make(Real highest_code, int first) {
        ErrorWindow window;
        window.highest_code = highest_code;
        for (int i = 0; i <= kLengths; ++i) {
            window.scale[i] = static_cast<Real>(int64_t{1} << (first + i)) / 2;
            window.step[i] = 1 / window.scale[i];
        }
        window.highest_above = highest_code * window.step[kLengths] / 2;
        return window;
    }

    /// Adds the squares of `value` to sums[0 .. kSums - 1]; of unsigned words those of negative values to `below`,
    /// which counts for every length and bound.
    template <bool kSigned, typename Operations = ScalarOperations<Real>, typename Value = typename Operations::Value>
    F8NET_ELEMENTWISE void add_square_errors(const Value& value, Value* sums, Value& below) const {
        const Value size = coded_size<kSigned, Operations>(value, below), highest = highest_code - Value{};
        Operations::add_square(size - nearest_step(size, scale[0]) * step[0], sums[0]);
        for (int k = 1; k <= kLengths; ++k) {
            const Value code = Operations::smaller(nearest_step(size, scale[k]), highest);
            Operations::add_square(size - code * step[k], sums[k]);
        }
        Operations::add_square(Operations::larger(size - highest_above, Value{}), sums[1 + kLengths]);
    }
};

}  // namespace f8net
