// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/accuracy_interval.h"

#include <algorithm>
#include <cmath>

namespace f8net {
namespace {

constexpr double kDeviations = 1.959963984540054;  // of a normal distribution, that 95 % lie within

/// Tango's statistic of the assumption that the true difference is `delta`; falls with delta. -1 < delta < 1.
double deviations_from(double delta, double images, double gained, double lost) {
    const double a = 2 * images, b = (2 * images - gained + lost) * delta - gained - lost,
                 c = -lost * delta * (1 - delta);
    const double only_first = (std::sqrt(std::max(b * b - 4 * a * c, 0.0)) - b) / (2 * a);
    const double variance = images * (2 * only_first + delta * (1 - delta));
    const double distance = gained - lost - images * delta;
    if (distance == 0) return 0;
    return variance > 0 ? distance / std::sqrt(variance) : std::copysign(INFINITY, distance);
}

/// Where that statistic crosses `level`.
double crossing(double level, double images, double gained, double lost) {
    double low = -1, high = 1;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (deviations_from(middle, images, gained, lost) > level ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

Interval accuracy_interval(int64_t right, int64_t images) {
    if (images <= 0) return {};
    const auto n = static_cast<double>(images);
    const double share = static_cast<double>(right) / n, z2 = kDeviations * kDeviations;
    const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    const double half = kDeviations / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    return {right == 0 ? 0 : centre - half, right == images ? 1 : centre + half};
}

PairedDifference paired_difference(int64_t images, int64_t gained, int64_t lost) {
    if (images <= 0) return {};
    const auto n = static_cast<double>(images), more = static_cast<double>(gained), less = static_cast<double>(lost);
    return {(more - less) / n, {crossing(kDeviations, n, more, less), crossing(-kDeviations, n, more, less)}};
}

}  // namespace f8net
