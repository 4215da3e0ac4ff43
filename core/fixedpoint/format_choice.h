// SPDX-License-Identifier: Apache-2.0
/// Chooses the fractional length of a tensor: from a statistic of its spread, or by trying all of them.
/// Formula  statistic: FL = largest k with m * 2^k <= c, in [0, 8 - signed]; 8-bit words only. Grid search: smallest
/// RMS error, first on a tie. Order    statistics are float64 sums over the elements in the order given, in blocks of
/// fixed size with a fixed number of partial sums:
///          the same bits for every number of threads. Hand weights over in row-major order [out, in, kh, kw].
/// Errors   NumericError that names the tensor, where an element is NaN or infinite, or a spread is asked of fewer than
/// two elements. Source   method.md 2.   Threads  reentrant.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/fixedpoint/format.h"

namespace f8net {

enum class Statistic {
    kStd,  ///< unbiased standard deviation
    kMae,  ///< mean of absolute values
    kRms,  ///< root of the mean square
};
std::string to_string(Statistic statistic);  ///< "std", "mae", "rms"
/// ConfigError with the nearest name.
Statistic statistic_from_string(const std::string& name);

/// c of the rule: 40, 70, 30, 30, 40, 50.
double statistic_constant(Statistic statistic, bool is_signed);

/// Over the whole tensor. num_threads 0: as many as the process may use; only large tensors use more than one.
double compute_statistic(std::span<const float> x, Statistic statistic, const std::string& name, int num_threads = 1);
double compute_statistic(std::span<const double> x, Statistic statistic, const std::string& name, int num_threads = 1);

/// One per channel of x seen as [outer, channels, inner] (rows of a weight: outer 1; input channels of NCHW: outer N,
/// inner H * W).
template <typename T>
std::vector<double> compute_statistic_per_channel(std::span<const T> x, int64_t outer, int64_t channels,
                                                  Statistic statistic, const std::string& name);

/// From the statistic's value; 0 gives the largest. NumericError (naming the tensor) where it is not finite.
int choose_fractional_length(double value, Statistic statistic, bool is_signed, const std::string& name);

/// RMS error between x and Q(x) for FL = 0 .. word_length - signed.
template <typename T>
std::vector<double> grid_search_errors(std::span<const T> x, int word_length, bool is_signed, const std::string& name);
/// Index of the smallest, the first on a tie.
int choose_fractional_length(const std::vector<double>& errors);

/// mu * FL_batch + (1 - mu) * buffer, in float32 as the buffer is.
float update_running_fractional_length(float buffer, int batch_fractional_length, float momentum);
/// clamp(round_half_even(buffer), 0, word_length - signed).   NumericError where the buffer is NaN.
int round_running_fractional_length(float buffer, int word_length, bool is_signed, const std::string& name);

}  // namespace f8net
