// SPDX-License-Identifier: Apache-2.0
#include "core/health/learning.h"

#include <algorithm>
#include <cmath>

namespace f8net {

namespace {

struct Mean {
    double value = 0, variance = 0;  ///< of the mean
    double freedom = 0;              ///< degrees of freedom of the variance
};

Mean mean_of(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    Mean mean;
    mean.freedom = count - 1;
    for (const double value : values) mean.value += value / count;
    for (const double value : values) mean.variance += (value - mean.value) * (value - mean.value);
    mean.variance /= count * (count - 1);
    return mean;
}

/// What Student's t exceeds as rarely as a normal variable exceeds 2 (Cornish-Fisher; Abramowitz and Stegun 26.7.5).
double beyond_noise(double freedom) {
    return 2 + 2.5 / freedom + 3.0625 / (freedom * freedom);
}

/// Whether `a` lies above `b` by more than noise (Welch's test).
bool exceeds(const std::vector<double>& a, const std::vector<double>& b) {
    const Mean high = mean_of(a), low = mean_of(b);
    const double variance = high.variance + low.variance;
    if (variance == 0) return high.value > low.value;
    const double freedom = variance * variance /
                           (high.variance * high.variance / high.freedom + low.variance * low.variance / low.freedom);
    return high.value - low.value > beyond_noise(freedom) * std::sqrt(variance);
}

/// A single step that was skipped for its loss does not hide the rest, and has no mean.
bool can_be_told(const std::vector<double>& stretch) {
    return static_cast<int>(stretch.size()) >= LossStretches::kFewest &&
           std::all_of(stretch.begin(), stretch.end(), [](double loss) { return std::isfinite(loss); });
}

bool are_enough(const std::vector<double>& a, const std::vector<double>& b) {
    return static_cast<int>(std::min(a.size(), b.size())) >= LossStretches::kEnough;
}

}  // namespace

Learning judge(const LossStretches& losses) {
    const auto& [first, before, now] = losses;
    if (now.empty()) return Learning::kNotStarted;
    if (!std::isfinite(now.back())) return Learning::kDiverged;
    if (!can_be_told(first) || !can_be_told(now)) return Learning::kTooEarly;
    if (!exceeds(first, now)) return are_enough(first, now) ? Learning::kNotLearning : Learning::kTooEarly;
    if (!can_be_told(before)) return Learning::kFallen;
    if (exceeds(before, now)) return Learning::kLearning;
    if (exceeds(now, before)) return Learning::kRising;
    return are_enough(before, now) ? Learning::kLevel : Learning::kFallen;
}

std::string to_text(Learning learning, bool has_ended) {
    switch (learning) {
        case Learning::kNotStarted:
            return has_ended ? "no step was taken" : "not started";
        case Learning::kTooEarly:
            return has_ended ? "too few points of the loss to tell whether it learned"
                             : "too early to tell whether it learns";
        case Learning::kFallen:
            return has_ended ? "learned" : "the loss has fallen";
        case Learning::kDiverged:
            return "diverged";
        case Learning::kNotLearning:
            return has_ended ? "did not learn" : "not learning";
        case Learning::kLearning:
            return has_ended ? "learned" : "learning";
        case Learning::kLevel:
            return has_ended ? "learned" : "the loss is level";
        case Learning::kRising:
            return has_ended ? "the loss rose at the end" : "the loss rises";
    }
    return {};
}

}  // namespace f8net
