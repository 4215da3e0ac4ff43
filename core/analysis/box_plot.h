// SPDX-License-Identifier: Apache-2.0
/// A box plot's numbers of one tensor (Tukey): quartiles, whiskers, how much lies beyond them; with mean and spread.
/// Formula  quantile q: linear interpolation at position q * (count - 1) of the sorted values. Whiskers: the outermost
///          values within 1.5 interquartile ranges of the box; values beyond are outliers.
/// Errors   NumericError naming the tensor: it is empty, or a value is not finite.   Threads  pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace f8net {

struct BoxPlot {
    int64_t count = 0;
    double minimum = 0, maximum = 0;
    double lower_whisker = 0, upper_whisker = 0;
    double lower_quartile = 0, median = 0, upper_quartile = 0;
    int64_t outliers_below = 0, outliers_above = 0;
    double mean = 0;
    double sigma = 0;  ///< unbiased standard deviation; 0 for a single value
    double outlier_share() const {
        return static_cast<double>(outliers_below + outliers_above) / static_cast<double>(count);
    }
};

BoxPlot box_plot(std::span<const float> values, const std::string& name);

}  // namespace f8net
