// SPDX-License-Identifier: Apache-2.0
#include "core/health/learning.h"

#include <algorithm>
#include <cmath>

namespace f8net {

namespace {

struct Mean {
    double value = 0, variance = 0;  ///< of the mean
};

Mean mean_of(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    Mean mean;
    for (const double value : values) mean.value += value / count;
    for (const double value : values) mean.variance += (value - mean.value) * (value - mean.value);
    mean.variance /= count * (count - 1);
    return mean;
}

/// How far `a` lies above `b`, in standard errors of the difference.
double excess(const Mean& a, const Mean& b) {
    const double error = std::sqrt(a.variance + b.variance);
    if (error > 0) return (a.value - b.value) / error;
    return a.value > b.value ? INFINITY : a.value < b.value ? -INFINITY : 0;
}

}  // namespace

Learning judge(const LossStretches& losses) {
    if (losses.now.empty()) return Learning::kNotStarted;
    if (!std::isfinite(losses.now.back())) return Learning::kDiverged;
    for (const auto* stretch : {&losses.first, &losses.before, &losses.now}) {
        if (static_cast<int>(stretch->size()) < LossStretches::kFewest) return Learning::kTooEarly;
        // A single step that was skipped for its loss does not hide the rest, and has no mean.
        if (!std::all_of(stretch->begin(), stretch->end(), [](double v) { return std::isfinite(v); }))
            return Learning::kTooEarly;
    }
    constexpr double kBeyondNoise = 2;
    const Mean now = mean_of(losses.now);
    if (excess(mean_of(losses.first), now) < kBeyondNoise) return Learning::kNotLearning;
    const double fall = excess(mean_of(losses.before), now);
    return fall > kBeyondNoise ? Learning::kLearning : fall < -kBeyondNoise ? Learning::kRising : Learning::kLevel;
}

std::string to_text(Learning learning, bool has_ended) {
    switch (learning) {
        case Learning::kNotStarted:
            return "not started";
        case Learning::kTooEarly:
            return has_ended ? "ended too early to tell whether it learned" : "too early to tell whether it learns";
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
