// SPDX-License-Identifier: Apache-2.0
/// The arithmetic of fixed-point training, element by element: one source of truth for loops on a CPU and kernels on a
/// GPU. A kernel says which elements come when; what is done with one is written here (and in clip_scale.h,
/// requantize.h) and nowhere else. What     CodeGrid          quantize, clip, the straight-through mask, codes as bytes
///          Sums              the statistic of a tensor, batch statistics of a channel; the length that follows
///          ErrorGrids        squared errors of nine fractional lengths in one pass; the choice among them
///          clip_scale.h      eta, effective weight and bias;   requantize.h   integers from one length to another
/// Types    T and Real are float or double, or (ErrorGrids) a vector of them. Nothing here allocates, throws or knows
///          LibTorch; every struct is trivially copyable and may be a kernel's argument.
/// Exact    products with powers of two, rounding and clamping are exact in T whatever the compiler fuses. What is not
///          (sums of doubles, effective bias) gives the CPU's bits only without fused multiply-add: -ffp-contract=off,
///          nvcc -fmad=false; never with fast-math.
/// Source   method.md 1, 2, 3.2.   Threads  pure, host and device.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/fixedpoint/clip_scale.h"
#include "core/fixedpoint/quantize.h"
#include "core/fixedpoint/requantize.h"

// Always inlined: a loop is compiled for several instruction sets, and each has to get its own copy.
#if defined(__CUDACC__)
#define F8NET_ELEMENTWISE __host__ __device__ __forceinline__
#else
#define F8NET_ELEMENTWISE [[gnu::always_inline]] inline
#endif

namespace f8net {

/// Words up to this many bits: their codes stay far below 2^22, where adding kRounder rounds exactly.
inline constexpr int kLongestGridWord = 16;

/// Adding and taking away 1.5 * 2^(mantissa bits) pushes the fraction out of the mantissa: the addition itself rounds
/// half to even. For magnitudes below 2^22 (float), 2^51 (double).
template <typename T>
inline constexpr T kRounder = sizeof(T) == 4 ? T(12582912.0) : T(6755399441055744.0);

/// The codes of a word at one fractional length. Equal to Quantizer (the law) for words of at most kLongestGridWord
/// bits: clamping before rounding gives the same code as after, lo and hi being integers.   NaN stays NaN.
template <typename T>
struct CodeGrid {
    T scale, inverse;  ///< 2^FL, 2^-FL
    T lo, hi;          ///< lowest and highest code

    /// 0 <= fractional_length < 63. `highest`: 2^(WL - signed) - 1.
    F8NET_ELEMENTWISE static CodeGrid make(int fractional_length, T highest, bool is_signed) {
        const T scale = static_cast<T>(int64_t{1} << fractional_length);
        return {scale, T(1) / scale, is_signed ? -highest : T(0), highest};
    }

    F8NET_ELEMENTWISE T clamp(T r) const {  // written so that NaN passes through
        r = r < lo ? lo : r;
        return r > hi ? hi : r;
    }
    F8NET_ELEMENTWISE T code(T x) const { return (clamp(x * scale) + kRounder<T>)-kRounder<T>; }
    F8NET_ELEMENTWISE T real(T x) const { return code(x) * inverse; }
    /// Floating-point training: the same clamp without rounding.
    F8NET_ELEMENTWISE T clip(T x) const { return clamp(x * scale) * inverse; }

    /// Whether the straight-through gradient passes: the code says whether r was inside before the clamp, so that
    /// backward needs nothing else. Also of unrounded `clip` values times scale.
    F8NET_ELEMENTWISE bool passes(T code) const { return (code > lo) & (code < hi); }

    /// A code of an 8-bit word as a byte (int8_t where signed, else uint8_t) and back, exactly; NaN becomes the lowest.
    template <typename Byte>
    F8NET_ELEMENTWISE Byte byte_of(T code) const {
        return static_cast<Byte>(static_cast<int>(code == code ? code : lo));
    }
    template <typename Byte>
    F8NET_ELEMENTWISE T real_of(Byte byte) const {
        return static_cast<T>(static_cast<int>(byte)) * inverse;
    }
};

/// Sums over elements in float64: of a tensor for its statistic, of a channel for batch norm.
struct Sums {
    double sum = 0, sum_of_squares = 0;

    F8NET_ELEMENTWISE void add(double value) {
        sum += value;
        sum_of_squares += value * value;
    }
    F8NET_ELEMENTWISE void add(const Sums& other) {
        sum += other.sum;
        sum_of_squares += other.sum_of_squares;
    }
    /// Unbiased standard deviation; NaN where an element is.
    F8NET_ELEMENTWISE double deviation(double count) const {
        const double variance = (sum_of_squares - sum * sum / count) / (count - 1);
        return variance < 0 ? 0.0 : std::sqrt(variance);
    }
    F8NET_ELEMENTWISE double root_mean_square(double count) const { return std::sqrt(sum_of_squares / count); }
    F8NET_ELEMENTWISE double mean(double count) const { return sum / count; }
    /// Of batch norm; NaN where an element is.
    F8NET_ELEMENTWISE double biased_variance(double count) const {
        const double average = sum / count, variance = sum_of_squares / count - average * average;
        return variance < 0 ? 0.0 : variance;
    }
};

/// The largest k in 0 .. largest with statistic * 2^k <= limit; 0 where none is. A statistic that is not finite gives
/// 0: who may throw asks before.
F8NET_ELEMENTWISE int length_from_statistic(double statistic, double limit, int largest) {
    int length = largest;
    while (length > 0 && !(statistic * static_cast<double>(int64_t{1} << length) <= limit)) --length;
    return length;
}

/// sqrt(variance + eps), correctly rounded to T: what batch norm divides by. A float32 square root of some libraries is
/// off by one in the last place, which moves a weight on a tie.
template <typename T>
F8NET_ELEMENTWISE T batch_deviation(T variance, T epsilon) {
    return static_cast<T>(std::sqrt(static_cast<double>(variance + epsilon)));
}

/// d loss / d y of a channel's mean and biased variance: slope = 2 d_variance / M, offset = d_mean / M.
template <typename T>
F8NET_ELEMENTWISE T moments_gradient(T y, T mean, T slope, T offset) {
    return (y - mean) * slope + offset;
}

/// One pass serves this many lengths: all of an 8-bit word.
inline constexpr int kLengthsPerPass = 9;

/// What ErrorGrids asks of its numbers, for plain ones. Vectors of a CPU bring their own.
template <typename Real>
struct ScalarOperations {
    using Value = Real;
    F8NET_ELEMENTWISE static Value magnitude(Value x) { return std::fabs(x); }
    F8NET_ELEMENTWISE static Value positive_part(Value x) { return x > Real(0) ? x : Real(0); }
    /// Where b is not negative; NaN stays where a is one.
    F8NET_ELEMENTWISE static Value smaller(Value a, Value b) { return b < a ? b : a; }
    /// a may be negative, b is not; NaN stays where b is one.
    F8NET_ELEMENTWISE static Value larger(Value a, Value b) { return a > b ? a : b; }
    /// In float32, whose sums are rough by contract, in one operation.
    F8NET_ELEMENTWISE static void add_square(Value x, Value& sum) {
        if constexpr (sizeof(Real) == sizeof(float)) {
            sum = ::fmaf(x, x, sum);
        } else {
            sum += x * x;
        }
    }
};

/// What of a value its codes can follow: the magnitude, of unsigned words the positive part. The square of what they
/// cannot, an error with every length, goes to `below`.
template <bool kSigned, typename Operations, typename Value>
F8NET_ELEMENTWISE Value coded_size(const Value& value, Value& below) {
    if constexpr (kSigned) {
        return Operations::magnitude(value);
    } else {
        const Value size = Operations::positive_part(value), negative = value - size;
        Operations::add_square(negative, below);
        return size;
    }
}

/// The nearest of the steps of size 1 / scale from 0 on, by its number; of sizes that are too large for kRounder one
/// whose distance is below size / 2^22.
template <typename Real, typename Value>
F8NET_ELEMENTWISE Value nearest_step(const Value& size, Real scale) {
    return (size * scale + kRounder<Real>)-kRounder<Real>;
}

/// The quantization errors of nine fractional lengths in one pass over the values.
/// Formula  with a_k the distance of |x| to the grid of step 2^-k:  a_(k+1) = min(a_k, 2^-(k+1) - a_k), because each
/// grid holds the one before. A value beyond the largest code's t_k = hi / 2^k errs by |x| - t_k, which is more than
/// a_k: the error is max(a_k, |x| - t_k). How a tie rounds does not matter, both neighbours are as far. Unsigned words:
/// a negative x errs by |x| with every length. All of it is exact in Real, but for |x| - t_k of very large values.
template <typename Real>
struct ErrorGrids {
    Real first_scale;               ///< 2^first
    Real step[kLengthsPerPass];     ///< 2^-k
    Real highest[kLengthsPerPass];  ///< hi / 2^k

    /// Lengths first .. first + 8, below 63.
    F8NET_ELEMENTWISE static ErrorGrids make(Real highest_code, int first) {
        ErrorGrids grids;
        grids.first_scale = static_cast<Real>(int64_t{1} << first);
        for (int i = 0; i < kLengthsPerPass; ++i) {
            grids.step[i] = Real(1) / static_cast<Real>(int64_t{1} << (first + i));
            grids.highest[i] = highest_code * grids.step[i];
        }
        return grids;
    }

    /// Adds the square errors of `value` to sums[0 .. 8]; of unsigned words those of negative values to `below`, which
    /// counts for every length.
    template <bool kSigned, typename Operations = ScalarOperations<Real>, typename Value = typename Operations::Value>
    F8NET_ELEMENTWISE void add_square_errors(const Value& value, Value* sums, Value& below) const {
        const Value size = coded_size<kSigned, Operations>(value, below);
        Value distance = Operations::magnitude(size - nearest_step(size, first_scale) * step[0]);
        for (int k = 0; k < kLengthsPerPass; ++k) {
            if (k > 0) distance = Operations::smaller(step[k] - distance, distance);
            Operations::add_square(Operations::larger(size - highest[k], distance), sums[k]);
        }
    }
};

/// RMS error from a sum of square errors.
F8NET_ELEMENTWISE double root_mean_error(double sum_of_squares, double count) {
    return std::sqrt(sum_of_squares / count);
}

/// Index of the smallest error, the first on a tie.
F8NET_ELEMENTWISE int first_smallest(const double* errors, int count) {
    int best = 0;
    for (int i = 1; i < count; ++i) {
        if (errors[i] < errors[best]) best = i;
    }
    return best;
}

/// Sums of float32 squares, added up in float32 over at most 32 elements and in float64 from there on, are within a
/// factor of 1 +- kRoughBound of the exact ones, give or take 2^-126 an element where squares are too small for a
/// float32.
inline constexpr double kRoughBound = 3e-6;

/// Whether sums[best], the smallest of `count` such sums, is the smallest of the exact ones, too; never where one is
/// not finite. `shared`: what all have in common beside, and which may be much larger: in exact sums, those of float64,
/// it swallows a small difference.
F8NET_ELEMENTWISE bool smallest_is_clear(const double* sums, int count, int best, double num_elements, double shared) {
    constexpr double kSwallowed = 1e-12;
    const double lost = num_elements * 1.17549435082228750797e-38;  // 2^-126
    if (!(shared - shared == 0)) return false;
    for (int i = 0; i < count; ++i) {
        const bool is_finite = sums[i] - sums[i] == 0;
        const bool is_larger = sums[i] * (1 - kRoughBound) > sums[best] * (1 + kRoughBound) + 2 * lost &&
                               sums[i] - sums[best] > kSwallowed * shared;
        if (!is_finite || (i != best && !is_larger)) return false;
    }
    return true;
}

}  // namespace f8net
