// SPDX-License-Identifier: Apache-2.0
/// Float64 sums over blocks of fixed size: the inner loops of format choice. Not for users: they call format_choice.h.
/// Order    element i of a block goes to partial sum i mod 8; partial sums are added in order; blocks are merged in
/// order. A spread is summed
///          around its block's own mean (two walks over a block that lies in the cache) and merged by Chan's rule: no
///          cancellation.
#pragma once

#include <cstdint>

#include "core/fixedpoint/format_choice.h"
#include "core/fixedpoint/quantize.h"

namespace f8net {

inline constexpr int64_t kMomentBlock = 4096;

/// count, and of those elements: the sum of absolute values (mae), of squares (rms), of squares around the mean (std).
struct Moments {
    int64_t count = 0;
    double mean = 0.0;  ///< std only
    double sum = 0.0;
    void merge(const Moments& other, Statistic statistic);
};

/// 1 <= size <= kMomentBlock.
Moments block_moments(const float* x, int64_t size, Statistic statistic);
Moments block_moments(const double* x, int64_t size, Statistic statistic);

/// Sum of squares of x - Q(x).
double block_square_error(const float* x, int64_t size, const Quantizer<float>& quantizer);
double block_square_error(const double* x, int64_t size, const Quantizer<double>& quantizer);

}  // namespace f8net
