// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/curve_math.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace f8net {

QVector<double> smoothDebiased(const QVector<double>& values, double factor) {
    QVector<double> result(values.size());
    double sum = 0, weight = 0;
    for (qsizetype i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            result[i] = values[i];
            continue;
        }
        sum = factor * sum + (1 - factor) * values[i];
        weight = factor * weight + (1 - factor);
        result[i] = sum / weight;
    }
    return result;
}

void ValueRange::include(double value) {
    if (!std::isfinite(value)) return;
    lower = isEmpty ? value : std::min(lower, value);
    upper = isEmpty ? value : std::max(upper, value);
    isEmpty = false;
}

std::pair<double, double> ValueRange::withMargin(double share, bool logarithmic) const {
    if (isEmpty) return {logarithmic ? 0.1 : 0.0, 1.0};
    // A single value stands in the middle, with room for a tick on both sides.
    if (logarithmic && lower > 0) {
        const double middle = std::sqrt(lower * upper), ratio = std::max(upper / lower, 1.2);
        const double reach = std::pow(ratio, 0.5 + share);
        return {middle / reach, middle * reach};
    }
    const double middle = (lower + upper) / 2;
    const double width = upper > lower ? upper - lower : std::max(std::abs(upper) * 0.1, 1e-9);
    return {middle - width * (0.5 + share), middle + width * (0.5 + share)};
}

double percentile(QVector<double>& values, double share) {
    const auto end = std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); });
    const auto count = end - values.begin();
    if (count == 0) return std::numeric_limits<double>::quiet_NaN();
    const auto nth =
        values.begin() + std::clamp<qptrdiff>(std::llround(share * static_cast<double>(count - 1)), 0, count - 1);
    std::nth_element(values.begin(), nth, end);
    return *nth;
}

}  // namespace f8net
