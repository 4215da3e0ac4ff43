// SPDX-License-Identifier: Apache-2.0
/// What a run records of one tensor against the format it is rounded to: shares lost, signal to noise, histogram.
/// Source   design.md 6 (power-of-two bin edges, so that runs and epochs compare).   Threads  pure; uses `threads` of
/// its own.
#pragma once

#include <cstdint>
#include <span>

#include "core/fixedpoint/format.h"
#include "core/run/run_observer.h"

namespace f8net {

struct TensorSummary {
    int64_t count = 0;
    double minimum = 0, maximum = 0, mean = 0, standard_deviation = 0;
    double clipped_share = 0;   ///< above the largest code; signed formats: or below the smallest
    double negative_share = 0;  ///< unsigned formats: below zero, which is the ReLU's work and no loss
    double zero_share = 0;      ///< rounded to code 0 though not 0 (negative values of unsigned formats apart)
    double sqnr_db =
        0;  ///< 10 log10 of signal over error, both of what the ReLU lets through; 0 where there is no signal
};

/// Non-finite values are counted as clipped.
TensorSummary summarize(std::span<const float> values, const FixedPointFormat& format, int threads);

/// 128 bins over [-2^k, 2^k), the smallest k that holds all of [minimum, maximum], -16 <= k <= 16.
HistogramReport make_histogram(std::span<const float> values, const TensorSummary& summary, int threads);

}  // namespace f8net
