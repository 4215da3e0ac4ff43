// SPDX-License-Identifier: Apache-2.0
/// The quantization errors of three neighbouring fractional lengths in one pass, with bounds for all others: most of
/// the time they tell that the best length is among the three, at half the work of trying all (ErrorGrids).
/// Formula  as ErrorGrids, a_k the distance to the grid of step 2^-k, t_k the largest value. Lengths k below the three:
///          each value errs by at least a_(first - 1), the grids being nested. Lengths k above: by at least |x| - t of
///          the next one, since t_k falls.
/// Types    as arithmetic.h.   Threads  pure, host and device.
#pragma once

#include "core/fixedpoint/arithmetic.h"

namespace f8net {

template <typename Real>
struct ErrorWindow {
    static constexpr int kLengths = 3;
    static constexpr int kSums = kLengths + 2;  ///< bound of the lengths below; three errors; bound of those above

    Real scale;                  ///< 2^(first - 1)
    Real step[1 + kLengths];     ///< of lengths first - 1 .. first + 2
    Real highest[kLengths + 1];  ///< of lengths first .. first + 3

    /// Lengths first .. first + 2, below 60.
    F8NET_ELEMENTWISE static ErrorWindow make(Real highest_code, int first) {
        ErrorWindow window;
        window.scale = static_cast<Real>(int64_t{1} << first) / 2;
        for (int i = 0; i <= kLengths; ++i) {
            window.step[i] = 1 / (window.scale * static_cast<Real>(1 << i));
            window.highest[i] = highest_code * window.step[i] / 2;
        }
        return window;
    }

    /// Adds the squares of `value` to sums[0 .. kSums - 1]; of unsigned words those of negative values to `below`,
    /// which counts for every length and bound.
    template <bool kSigned, typename Operations = ScalarOperations<Real>, typename Value = typename Operations::Value>
    F8NET_ELEMENTWISE void add_square_errors(const Value& value, Value* sums, Value& below) const {
        Value size;
        if constexpr (kSigned) {
            size = Operations::magnitude(value);
        } else {
            size = Operations::positive_part(value);
            const Value negative = value - size;
            below += negative * negative;
        }
        // A distance is half a step at most; of values too large to be rounded like this it need be no more.
        const Value half = step[1] - Value{};
        const Value rounded = ((size * scale + kRounder<Real>)-kRounder<Real>)*step[0];
        Value distance = Operations::smaller(half, Operations::magnitude(size - rounded));
        sums[0] += distance * distance;
        for (int k = 0; k < kLengths; ++k) {
            distance = Operations::smaller(step[k + 1] - distance, distance);
            const Value error = Operations::larger(size - highest[k], distance);
            sums[1 + k] += error * error;
        }
        const Value beyond = Operations::larger(size - highest[kLengths], Value{});
        sums[1 + kLengths] += beyond * beyond;
    }
};

}  // namespace f8net
