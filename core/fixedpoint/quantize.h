// SPDX-License-Identifier: Apache-2.0
/// Q(x; WL, FL, signed): real numbers to codes and back, with the mask where the straight-through gradient passes.
/// Formula  r = round_half_to_even(x * 2^FL); code = clamp(r, lo, hi); Q = code / 2^FL. Gradient passes where |r| < hi
/// (signed) or
///          0 < r < hi (unsigned), r before clamping. Arithmetic is that of T (float: a bound of 32-bit words is 2^31,
///          not 2^31 - 1).
/// Range    NaN stays NaN; infinities clamp.
/// Source   method.md 1.   Threads  pure, host and device; needs the default rounding mode and no fast-math.
#pragma once

#include <cmath>

#include "core/fixedpoint/format.h"

#if defined(__CUDACC__)
#define F8NET_HOST_DEVICE __host__ __device__
#else
#define F8NET_HOST_DEVICE
#endif

namespace f8net {

/// Adding and taking away 2^(mantissa bits) rounds to even without a library call, so that loops over it become vector
/// code.
F8NET_HOST_DEVICE inline float round_half_to_even(float x) {
    constexpr float big = 8388608.0f;  // 2^23: from here on every float is an integer
    const float magnitude = std::fabs(x);
    const float rounded = (magnitude + big) - big;
    return std::copysign(magnitude < big ? rounded : magnitude, x);
}
F8NET_HOST_DEVICE inline double round_half_to_even(double x) {
    constexpr double big = 4503599627370496.0;  // 2^52
    const double magnitude = std::fabs(x);
    const double rounded = (magnitude + big) - big;
    return std::copysign(magnitude < big ? rounded : magnitude, x);
}

/// One format made ready for many values of type float or double.
template <typename T>
struct Quantizer {
    T scale;     ///< 2^FL
    T inverse;   ///< 2^-FL
    T min_code;  ///< as T
    T max_code;
    T mask_low;  ///< the gradient passes strictly between mask_low and max_code

    explicit Quantizer(const FixedPointFormat& format)
        : scale(static_cast<T>(std::ldexp(1.0, format.fractional_length))),
          inverse(static_cast<T>(std::ldexp(1.0, -format.fractional_length))),
          min_code(static_cast<T>(format.min_stored())),
          max_code(static_cast<T>(format.max_stored())),
          mask_low(min_code) {}

    F8NET_HOST_DEVICE T clamp(T r) const { return r < min_code ? min_code : r > max_code ? max_code : r; }
    F8NET_HOST_DEVICE bool inside(T r) const { return r > mask_low && r < max_code; }

    /// r, before clamping.
    F8NET_HOST_DEVICE T rounded(T x) const { return round_half_to_even(x * scale); }
    F8NET_HOST_DEVICE T code(T x) const { return clamp(rounded(x)); }
    F8NET_HOST_DEVICE T real(T x) const { return code(x) * inverse; }
    F8NET_HOST_DEVICE bool passes(T x) const { return inside(rounded(x)); }

    /// Floating-point training (method.md 3.1): the same clamp without rounding.
    F8NET_HOST_DEVICE T clip(T x) const { return clamp(x * scale) * inverse; }
    F8NET_HOST_DEVICE bool clip_passes(T x) const { return inside(x * scale); }
};

template <typename T>
T quantize(T x, const FixedPointFormat& format) {
    return Quantizer<T>(format).real(x);
}

}  // namespace f8net
