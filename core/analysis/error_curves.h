// SPDX-License-Identifier: Apache-2.0
/// How well each fractional length suits data of each spread: the relative error of rounding Gaussian numbers to fixed
/// point against their sigma, and where the best length changes. The constants 40 and 70 of the rule
/// FL = floor(log2(c / sigma)) come from here (docs/analysis.md).
/// Data     signed formats: x ~ N(0, sigma^2). Unsigned ones: max(x, 0); sigma is that of x, before the clip at zero.
/// Error    root mean square of (value - Q(value)) over sigma: 1 where everything rounds to zero (unsigned: sqrt(1/2)).
/// Scaling  the error depends on sigma * 2^FL alone, so every curve is the one before, one octave to the left.
/// Source   F8Net (arXiv 2202.05239) 3.2; method.md 2.1, 8.   Threads  pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/fixedpoint/format.h"

namespace f8net {

struct ErrorCurveOptions {
    bool is_signed = true;
    int word_length = 8;                  ///< 2 to 8
    double lowest = 1e-3, highest = 1e3;  ///< of sigma, 0 < lowest < highest
    int points = 1000;                    ///< sigmas, evenly spaced in their logarithm, at least 2
};

struct ErrorCurves {
    bool is_signed = true;
    int word_length = 8;
    std::vector<double> sigmas;               ///< ascending
    std::vector<std::vector<double>> errors;  ///< [FL 0 .. word_length - signed][sigma], relative
    int num_lengths() const { return static_cast<int>(errors.size()); }
};

/// The exact expectation for one sigma and format, in closed form (no sampling, no grid).
double expected_relative_error(double sigma, const FixedPointFormat& format);

/// The exact expectation.   Errors: ConfigError naming the option that is out of range.
ErrorCurves expected_error_curves(const ErrorCurveOptions& options);

/// The published way: the mean over `samples` random numbers, drawn anew for each sigma; the seed decides them (on
/// every machine the same numbers).
ErrorCurves sampled_error_curves(const ErrorCurveOptions& options, int64_t samples = 10'000, uint64_t seed = 1995,
                                 int threads = 1);

/// Where one fractional length is the best choice.
struct LengthRange {
    double from = 0, to = 0;    ///< sigmas; NaN where the curves do not reach that far
    double smallest_error = 0;  ///< of its curve
    double at_sigma = 0;
};

/// What follows from curves.
struct FormatThresholds {
    std::vector<LengthRange> lengths;  ///< [FL]; each ends where the one of FL - 1 begins
    /// c of sigma = c / 2^FL, the sigmas at which FL gives way to FL - 1: the geometric mean over FL.
    double constant = 0;
    /// Between these, some FL has at most the error at a change. Below: even the finest step is too coarse (underflow).
    double underflow_below() const { return lengths.back().from; }
    /// Above: even the widest range clips too much (overflow).
    double overflow_above() const { return lengths.front().to; }
};

FormatThresholds find_thresholds(const ErrorCurves& curves);

/// All there is to say of signed or of unsigned data.
struct SigmaStudy {
    ErrorCurves expected;
    FormatThresholds thresholds;
    std::optional<ErrorCurves> sampled;  ///< where samples were asked for
    std::optional<FormatThresholds> sampled_thresholds;
    std::optional<double> rule_constant;  ///< c of the rule that training uses (method.md 2.1); words of 8 bits only
};

/// samples 0: without the sampled curves.
SigmaStudy study_sigma(const ErrorCurveOptions& options, int64_t samples = 0, uint64_t seed = 1995, int threads = 1);

/// The FL of the smallest expected error for this sigma, the first on a tie.
int best_fractional_length(double sigma, int word_length, bool is_signed);

}  // namespace f8net
