// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/curve_math.h"

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

Polyline decimate(const QVector<double>& x, const QVector<double>& y, double lower, double upper, int columns) {
    Polyline line;
    if (x.isEmpty() || !(upper > lower) || columns < 1) return line;
    auto begin = std::lower_bound(x.begin(), x.end(), lower) - x.begin();
    auto end = std::upper_bound(x.begin(), x.end(), upper) - x.begin();
    begin = std::max<qptrdiff>(0, begin - 1);
    end = std::min<qptrdiff>(x.size(), end + 1);
    if (end - begin <= 3 * qptrdiff{columns}) {
        line.x = x.mid(begin, end - begin);
        line.y = y.mid(begin, end - begin);
        return line;
    }
    line.x.reserve(3 * columns + 8);
    line.y.reserve(3 * columns + 8);
    const auto append = [&](qptrdiff i) {
        line.x.push_back(x[i]);
        line.y.push_back(y[i]);
    };
    const double perColumn = (upper - lower) / columns;
    for (qptrdiff i = begin; i < end;) {
        const double columnEnd = lower + (std::floor((x[i] - lower) / perColumn) + 1) * perColumn;
        qptrdiff lowest = -1, highest = -1, last = i, gap = -1;
        for (; last < end && (x[last] < columnEnd || last == i); ++last) {
            if (!std::isfinite(y[last])) {
                gap = last;
                continue;
            }
            if (lowest < 0 || y[last] < y[lowest]) lowest = last;
            if (highest < 0 || y[last] > y[highest]) highest = last;
        }
        qptrdiff keep[] = {lowest, highest, gap, last - 1};
        std::sort(std::begin(keep), std::end(keep));
        qptrdiff previous = -1;
        for (const qptrdiff index : keep) {
            if (index >= 0 && index != previous) append(index);
            previous = index;
        }
        i = last;
    }
    return line;
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
