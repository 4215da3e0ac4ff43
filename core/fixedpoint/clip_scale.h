// SPDX-License-Identifier: Apache-2.0
/// The small formulas that training (in tensors) and lowering (in floats) have to share, so that both give the same
/// codes. Order    each in exactly the written order of operations, in T's own precision (golden/README.md "How to
/// compare"). Source   method.md 3.1, 3.2, 3.6, 3.7.   Threads  pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/fixedpoint/format.h"
#include "core/fixedpoint/quantize.h"

namespace f8net {

/// Clipping levels start here.
inline constexpr double kInitialClipLevel = 8.0;
/// Batch norm's epsilon, always.
inline constexpr double kBatchNormEpsilon = 1e-5;

/// Raw pixel bytes: code = byte, real = byte / 256.
inline constexpr FixedPointFormat kPixelFormat{8, 8, false};

/// 2^(WL - signed) - 1 as T: the divisor of eta.
template <typename T>
T code_span(int word_length, bool is_signed) {
    return static_cast<T>(std::ldexp(1.0, word_length - (is_signed ? 1 : 0)) - 1.0);
}

/// eta = (2^FL * |alpha|) / (2^(WL - signed) - 1), of scale = 2^FL and span = 2^(WL - signed) - 1.
template <typename T>
F8NET_HOST_DEVICE T clip_scale(T clip_level, T scale, T span) {
    return (scale * std::fabs(clip_level)) / span;
}
template <typename T>
T clip_scale(T clip_level, const FixedPointFormat& format) {
    return clip_scale(clip_level, static_cast<T>(std::ldexp(1.0, format.fractional_length)),
                      code_span<T>(format.word_length, format.is_signed));
}

/// d of the power of two nearest to stream / sum: an addition takes an operand that arrives in units of the clipping
/// scale `stream` 2^d times where its sum is in units of `sum` (quantization.compensate_streams). Exact where both
/// scales come from one clipping level and differ in their fractional lengths; between private levels, and between
/// signed and unsigned readers (127 / 255), what is left is below a factor of sqrt(2).
inline int stream_shift(double stream, double sum) {
    constexpr long kFurthest = 15;
    return static_cast<int>(std::clamp(std::lround(std::log2(stream / sum)), -kFurthest, kFurthest));
}

/// ((gamma / std) * w) * eta / eta_next, with gain = gamma / std.
template <typename T>
F8NET_HOST_DEVICE T effective_weight(T weight, T gain, T eta, T eta_next) {
    return ((gain * weight) * eta) / eta_next;
}

/// (beta - gain * mean) / eta_next.
template <typename T>
F8NET_HOST_DEVICE T effective_bias(T beta, T gain, T mean, T eta_next) {
    return (beta - gain * mean) / eta_next;
}

/// s of the integer sum pool over so many pixels (k * k): round(log2(pixels)) (never a tie).
inline int pool_shift(int64_t pixels) {
    return static_cast<int>(std::lround(std::log2(static_cast<double>(pixels))));
}

/// 2^s / pixels: what a sum pool's output has to be multiplied with to be the mean. 1 where pixels is a power of two.
inline double pool_scale(int64_t pixels) {
    return std::ldexp(1.0, pool_shift(pixels)) / static_cast<double>(pixels);
}

/// `constant` rescale: (1 / sqrt(fan_out)) / std of the tensor that it multiplies; fan_out = out * kh * kw, or out
/// features.
template <typename T>
T constant_weight_rescale(double std_of_multiplied, int64_t fan_out) {
    return static_cast<T>((1.0 / std::sqrt(static_cast<double>(fan_out))) / std_of_multiplied);
}

}  // namespace f8net
