// SPDX-License-Identifier: GPL-3.0-or-later
/// A recorded histogram as it is shown: a window of bins whose edges are code boundaries of the tensor's format, so
/// that no bin straddles the limit, and what each bin means for the format. Units    values as recorded (the layer's
/// scaled units); counts of values. Formula  bin width = the larger of the recorded width and the format's step (both
/// powers of two); the end of the
///          range is that of the last code's cell, (max code + 1) * step. Threads  pure.
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "core/fixedpoint/format.h"
#include "core/run/run_observer.h"

namespace f8net {

enum class BinRegion {
    kRepresentable,
    kZeroed,     ///< negative in an unsigned format: the ReLU's work, harmless
    kSaturated,  ///< beyond the largest code
};

struct HistogramBins {
    double lower = 0, width = 0;  ///< bin i: lower + i * width up to lower + (i + 1) * width
    std::vector<double> counts;
    std::vector<BinRegion> regions;
    double below = 0, above = 0;  ///< of `total`, what the first and the last bin collect from outside the window
    double total = 0;             ///< all values of the tensor
    double step = 0;              ///< of the format; 0: no format
    std::optional<double> lowerLimit, upperLimit;  ///< ends of the outermost codes' cells, where a format has them
    bool isLimitShown = false;                     ///< false: the range is so wide that its end is outside the window

    size_t size() const { return counts.size(); }
    double edge(size_t i) const { return lower + static_cast<double>(i) * width; }
    double upper() const { return edge(size()); }
    /// Index of the bin that holds `value`; the first or the last where it lies outside.
    size_t binAt(double value) const;
};

int64_t numValues(const HistogramReport& histogram);

/// The window holds the values and the end of the range, but at most half as much again as the range and, of an
/// unsigned tensor, a third of that below zero. A range more than 16 times as wide as the values stays outside.
HistogramBins makeBins(const HistogramReport& histogram, const std::optional<FixedPointFormat>& format);

/// Another histogram in the same bins, scaled to the same number of values: what is outlined behind the bars.
std::vector<double> outlineIn(const HistogramBins& bins, const HistogramReport& other);

QString regionName(BinRegion region);                     ///< "saturated"
QString codesOf(const HistogramBins& bins, size_t bin);   ///< "200 to 203"; empty without a format
QString binTitle(const HistogramBins& bins, size_t bin);  ///< "6.25 to 6.375, codes 200 to 203"

}  // namespace f8net
