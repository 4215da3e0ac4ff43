// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/histogram_bins.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "widgets/support/number_text.h"

namespace f8net {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::HistogramBins", text);
}

constexpr double kMostOfRange = 1.5;       // the window ends here, in parts of the range
constexpr double kRoomBehindLimit = 1.06;  // so that the limit's line is not the frame
constexpr double kMostBelowZero = 1.0 / 3;
constexpr double kWidestRange = 16;

/// Adds the recorded bins, what lies outside included, to bins of `width` from `lower`. A recorded bin that spans
/// several of them is spread evenly.
void fill(const HistogramReport& histogram, double lower, double width, std::vector<double>& counts, double& below,
          double& above) {
    const double count = static_cast<double>(counts.size());
    const auto add = [&](double from, double to, double values) {
        const double first = (from - lower) / width, last = (to - lower) / width;
        const double span = last - first;
        if (first < 0) below += values * (std::min(last, 0.0) - first) / span;
        if (last > count) above += values * (last - std::max(first, count)) / span;
        for (double bin = std::max(0.0, std::floor(first)); bin < std::min(count, std::ceil(last)); ++bin) {
            counts[static_cast<size_t>(bin)] += values * (std::min(last, bin + 1) - std::max(first, bin)) / span;
        }
    };
    for (size_t i = 0; i < histogram.counts.size(); ++i) {
        if (histogram.counts[i] == 0) continue;
        const double from = histogram.lower + static_cast<double>(i) * histogram.width;
        add(from, from + histogram.width, static_cast<double>(histogram.counts[i]));
    }
    below += static_cast<double>(histogram.below);
    above += static_cast<double>(histogram.above);
}

}  // namespace

size_t HistogramBins::binAt(double value) const {
    if (counts.empty()) return 0;
    return static_cast<size_t>(std::clamp(std::floor((value - lower) / width), 0.0, static_cast<double>(size() - 1)));
}

int64_t numValues(const HistogramReport& histogram) {
    return std::accumulate(histogram.counts.begin(), histogram.counts.end(), histogram.below + histogram.above);
}

QString regionName(BinRegion region) {
    switch (region) {
        case BinRegion::kZeroed:
            return tr("set to zero");
        case BinRegion::kSaturated:
            return tr("saturated");
        default:
            return tr("representable");
    }
}

QString codesOf(const HistogramBins& bins, size_t bin) {
    if (bins.step == 0) return {};
    const double first = std::round(bins.edge(bin) / bins.step), last = std::round(bins.edge(bin + 1) / bins.step) - 1;
    const QString text = text::axisNumber(first);
    return first == last ? text : tr("%1 to %2").arg(text, text::axisNumber(last));
}

QString binTitle(const HistogramBins& bins, size_t bin) {
    QString title = tr("%1 to %2").arg(text::axisNumber(bins.edge(bin)), text::axisNumber(bins.edge(bin + 1)));
    if (bins.step > 0) title += tr(", codes %1").arg(codesOf(bins, bin));
    return title;
}

HistogramBins makeBins(const HistogramReport& histogram, const std::optional<FixedPointFormat>& format) {
    HistogramBins bins;
    if (histogram.counts.empty() || !(histogram.width > 0)) return bins;
    bins.total = static_cast<double>(numValues(histogram));
    bins.width = histogram.width;
    double low = std::min(histogram.minimum, 0.0), high = std::max(histogram.maximum, 0.0);
    if (format) {
        bins.step = format->scale();
        bins.width = std::max(bins.width, bins.step);
        const double limit = static_cast<double>(format->max_stored() + 1) * bins.step;
        bins.upperLimit = limit;
        if (format->is_signed) bins.lowerLimit = -limit;
        const double largest = format->is_signed ? std::max(-low, high) : high;
        bins.isLimitShown = limit <= kWidestRange * largest || largest == 0;
        if (bins.isLimitShown) {
            const double end = std::max(std::min(largest, kMostOfRange * limit), kRoomBehindLimit * limit);
            high = end;
            low = format->is_signed ? -end : std::max(low, -kMostBelowZero * end);
        }
    }
    // Edges are multiples of the width, hence of the step.
    bins.lower = std::floor(low / bins.width) * bins.width;
    const double last = std::max(std::ceil(high / bins.width), std::round(bins.lower / bins.width) + 1);
    bins.counts.assign(static_cast<size_t>(std::llround(last - bins.lower / bins.width)), 0);
    fill(histogram, bins.lower, bins.width, bins.counts, bins.below, bins.above);
    bins.counts.front() += bins.below;
    bins.counts.back() += bins.above;
    bins.regions.assign(bins.size(), BinRegion::kRepresentable);
    for (size_t i = 0; format && i < bins.size(); ++i) {
        const double middle = bins.edge(i) + bins.width / 2;
        if (!format->is_signed && middle < 0) bins.regions[i] = BinRegion::kZeroed;
        if (middle > *bins.upperLimit || (bins.lowerLimit && middle < *bins.lowerLimit))
            bins.regions[i] = BinRegion::kSaturated;
    }
    return bins;
}

std::vector<double> outlineIn(const HistogramBins& bins, const HistogramReport& other) {
    std::vector<double> counts(bins.size(), 0.0);
    const double total = static_cast<double>(numValues(other));
    if (counts.empty() || total == 0 || !(other.width > 0)) return counts;
    double below = 0, above = 0;
    fill(other, bins.lower, bins.width, counts, below, above);
    counts.front() += below;
    counts.back() += above;
    for (double& count : counts) count *= bins.total / total;
    return counts;
}

}  // namespace f8net
