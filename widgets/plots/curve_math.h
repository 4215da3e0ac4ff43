// SPDX-License-Identifier: GPL-3.0-or-later
/// What a plot does to a series of numbers before it draws it: smoothing, a range worth showing. Threads  pure.
#pragma once

#include <QVector>
#include <utility>

namespace f8net {

/// Exponential smoothing without the pull towards zero at the start: s_i = sum of f^(i-j) y_j / sum of f^(i-j).
/// `factor` 0 (none) to below 1. Values that are not finite are left out and stay in their place.
QVector<double> smoothDebiased(const QVector<double>& values, double factor);

/// Grows a range to hold `value` (ignored when not finite, or not positive on a logarithmic axis).
struct ValueRange {
    double lower = 0, upper = 0;
    bool isEmpty = true;
    void include(double value);
    /// `share` of the range free at both ends; a range of one value gets room. Logarithmic: in decades.
    std::pair<double, double> withMargin(double share, bool logarithmic) const;
};

/// The value below which `share` of the finite values lie; reorders `values`. NaN where there is none.
double percentile(QVector<double>& values, double share);

}  // namespace f8net
