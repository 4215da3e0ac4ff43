// SPDX-License-Identifier: Apache-2.0
/// The elementwise passes of training on a CPU, each one sweep over a dense buffer: sums for a statistic, quantize, its
/// gradient, sums per channel, an affine map per channel. Split into fixed parts, so that the sums do not depend on the
/// number of threads. Shapes   x: n elements in memory order; rows: num_rows x channels, channels fastest
/// (channels_last). Threads  uses LibTorch's worker threads inside.
#pragma once

#include <cstdint>

#include "core/fixedpoint/arithmetic.h"

namespace f8net {

/// Sums over a buffer in float64, in an order that depends on n alone.
template <typename T>
Sums sum_moments(const T* x, int64_t n);
template <typename T>
double sum_magnitudes(const T* x, int64_t n);

/// q = grid.real(x).
template <typename T>
void quantize_values(const T* x, T* q, int64_t n, const CodeGrid<T>& grid);
/// The same without rounding.
template <typename T>
void clip_values(const T* x, T* q, int64_t n, const CodeGrid<T>& grid);
/// out = grad where the code of q, a result of one of the above, passes; else 0.
template <typename T>
void pass_inside(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid);

/// Mean and biased variance per channel, computed in float64.
template <typename T>
void channel_moments(const T* rows, int64_t num_rows, int64_t channels, double* mean, double* variance);
/// out = moments_gradient(rows, mean, slope, offset), per channel.
template <typename T>
void channel_affine(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean, const T* slope,
                    const T* offset);

/// Rows of `length` values, one gain a row: out = effective_weight(x, gain, eta, eta_next).
template <typename T>
void scale_rows(const T* x, T* out, int64_t num_rows, int64_t length, const T* gain, T eta, T eta_next);
/// The same of a weight [rows, channels, taps] in channels_last memory, which is [rows, taps, channels]; and once more
/// in row-major order.
template <typename T>
void scale_rows(const T* x, T* out, T* row_major, int64_t num_rows, int64_t taps, int64_t channels, const T* gain,
                T eta, T eta_next);
/// Out of channels_last memory alone.
template <typename T>
void to_row_major(const T* x, T* out, int64_t num_rows, int64_t taps, int64_t channels);
/// out = grad * factor; products = sum of grad * x per row, in float64.
template <typename T>
void scale_rows_with_products(const T* grad, const T* x, T* out, int64_t num_rows, int64_t length, const T* factor,
                              double* products);

}  // namespace f8net
