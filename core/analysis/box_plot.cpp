// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/box_plot.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/base/error.h"
#include "core/fixedpoint/format_choice.h"

namespace f8net {
namespace {

/// Reorders `values`: those before `begin` must not be larger than those from it on.
double quantile(std::vector<float>& values, double share, size_t begin) {
    const double position = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(position);
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
    std::nth_element(values.begin() + static_cast<std::ptrdiff_t>(begin), at, values.end());
    const double weight = position - static_cast<double>(below);
    if (weight == 0) return *at;
    return *at + weight * (double{*std::min_element(at + 1, values.end())} - *at);
}

}  // namespace

BoxPlot box_plot(std::span<const float> values, const std::string& name) {
    if (values.empty()) throw NumericError(name + ": an empty tensor has no quartiles");
    for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw NumericError(name + ": element " + std::to_string(i) + " is " + std::to_string(values[i]) +
                               ", expected a finite number");
        }
    }
    BoxPlot box;
    box.count = static_cast<int64_t>(values.size());
    box.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    box.sigma = values.size() > 1 ? compute_statistic(values, Statistic::kStd, name) : 0.0;

    std::vector<float> sorted(values.begin(), values.end());
    const auto position = [&](double share) {
        return static_cast<size_t>(share * static_cast<double>(sorted.size() - 1));
    };
    box.lower_quartile = quantile(sorted, 0.25, 0);
    box.median = quantile(sorted, 0.5, position(0.25));
    box.upper_quartile = quantile(sorted, 0.75, position(0.5));

    const double reach = 1.5 * (box.upper_quartile - box.lower_quartile);
    const double low = box.lower_quartile - reach, high = box.upper_quartile + reach;
    box.minimum = box.lower_whisker = box.maximum = box.upper_whisker = values[0];
    bool has_whiskers = false;
    for (const double value : values) {
        box.minimum = std::min(box.minimum, value);
        box.maximum = std::max(box.maximum, value);
        if (value < low) {
            ++box.outliers_below;
        } else if (value > high) {
            ++box.outliers_above;
        } else {
            box.lower_whisker = has_whiskers ? std::min(box.lower_whisker, value) : value;
            box.upper_whisker = has_whiskers ? std::max(box.upper_whisker, value) : value;
            has_whiskers = true;
        }
    }
    return box;
}

}  // namespace f8net
