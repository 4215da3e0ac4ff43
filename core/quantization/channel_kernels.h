// SPDX-License-Identifier: Apache-2.0
/// Passes of a layer's backward over the gradient and the output of its convolutions, on a CPU: sums per channel, and
/// both gradients that follow from them.
/// Shapes   rows: num_rows x channels, channels fastest (channels_last).
/// Threads  uses LibTorch's worker threads inside; sums do not depend on their number.
#pragma once

#include <cstdint>

namespace f8net {

/// Per channel, in float64: sum of `gradient`, and of gradient * y.
template <typename T>
void channel_products(const T* gradient, const T* y, int64_t num_rows, int64_t channels, double* sums,
                      double* products);

/// y becomes its own gradient through its mean and variance: (y - mean) * slope + offset;
/// merged = gradient * gain + that.
template <typename T>
void merge_gradients(const T* gradient, T* y, T* merged, int64_t num_rows, int64_t channels, const T* mean,
                     const T* slope, const T* offset, const T* gain);

/// The same, y left as it is: both gradients side by side, pair [num_rows][2 * channels] = gradient, then y's.
template <typename T>
void merge_gradients_to_pair(const T* gradient, const T* y, T* pair, T* merged, int64_t num_rows, int64_t channels,
                             const T* mean, const T* slope, const T* offset, const T* gain);

/// y += bias of its channel.
template <typename T>
void add_to_channels(T* y, int64_t num_rows, int64_t channels, const T* bias);

}  // namespace f8net
