// SPDX-License-Identifier: Apache-2.0
#include "core/run/tensor_summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/parallel.h"

namespace f8net {

namespace {

constexpr int kBins = 128;
/// Parts of fixed size, added up in order: the sums do not depend on the number of threads.
constexpr int64_t kPart = 1 << 16;

struct Sums {
    double minimum = std::numeric_limits<double>::infinity(), maximum = -std::numeric_limits<double>::infinity();
    double sum = 0, squares = 0, signal = 0, error = 0;
    int64_t finite = 0, clipped = 0, negative = 0, zero = 0;
};

Sums sum_part(std::span<const float> values, const FixedPointFormat& format) {
    const double inverse_scale = std::ldexp(1.0, format.fractional_length);
    const double scale = format.scale();
    const double low = static_cast<double>(format.min_stored());
    const double high = static_cast<double>(format.max_stored());
    Sums part;
    for (const float value : values) {
        if (!std::isfinite(value)) {
            ++part.clipped;
            continue;
        }
        ++part.finite;
        const double x = value;
        part.minimum = std::min(part.minimum, x);
        part.maximum = std::max(part.maximum, x);
        part.sum += x;
        part.squares += x * x;
        if (!format.is_signed && x < 0) {
            ++part.negative;
            continue;
        }
        const double rounded = std::nearbyint(x * inverse_scale);
        const double code = std::clamp(rounded, low, high);
        part.clipped += rounded != code;
        part.zero += code == 0 && x != 0;
        part.signal += x * x;
        part.error += (x - code * scale) * (x - code * scale);
    }
    return part;
}

}  // namespace

TensorSummary summarize(std::span<const float> values, const FixedPointFormat& format, int threads) {
    const int64_t count = static_cast<int64_t>(values.size());
    const int64_t num_parts = (count + kPart - 1) / kPart;
    std::vector<Sums> parts(static_cast<size_t>(num_parts));
    parallel_for(threads, num_parts, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
            const int64_t size = std::min(kPart, count - i * kPart);
            parts[static_cast<size_t>(i)] =
                sum_part(values.subspan(static_cast<size_t>(i * kPart), static_cast<size_t>(size)), format);
        }
    });
    Sums all;
    for (const Sums& part : parts) {
        all.minimum = std::min(all.minimum, part.minimum);
        all.maximum = std::max(all.maximum, part.maximum);
        all.sum += part.sum;
        all.squares += part.squares;
        all.signal += part.signal;
        all.error += part.error;
        all.finite += part.finite;
        all.clipped += part.clipped;
        all.negative += part.negative;
        all.zero += part.zero;
    }
    TensorSummary summary;
    summary.count = count;
    if (count == 0 || all.finite == 0) return summary;
    const auto share = [count](int64_t part) { return static_cast<double>(part) / static_cast<double>(count); };
    const double n = static_cast<double>(all.finite);
    summary.minimum = all.minimum;
    summary.maximum = all.maximum;
    summary.mean = all.sum / n;
    summary.standard_deviation = n > 1 ? std::sqrt(std::max(0.0, (all.squares - all.sum * all.sum / n) / (n - 1))) : 0;
    summary.clipped_share = share(all.clipped);
    summary.negative_share = share(all.negative);
    summary.zero_share = share(all.zero);
    if (all.signal > 0) {
        // An exactly represented tensor has no noise; 200 dB stands for that.
        summary.sqnr_db = all.error > 0 ? std::min(200.0, 10 * std::log10(all.signal / all.error)) : 200.0;
    }
    return summary;
}

HistogramReport make_histogram(std::span<const float> values, const TensorSummary& summary, int threads) {
    const double largest = std::max(std::abs(summary.minimum), std::abs(summary.maximum));
    // frexp: largest = m * 2^k with 0.5 <= m < 1, so 2^k is above it.
    int exponent = -16;
    if (largest > 0) std::frexp(largest, &exponent);
    exponent = std::clamp(exponent, -16, 16);

    HistogramReport histogram;
    histogram.lower = -std::ldexp(1.0, exponent);
    histogram.width = std::ldexp(2.0, exponent) / kBins;
    histogram.minimum = summary.minimum;
    histogram.maximum = summary.maximum;
    histogram.mean = summary.mean;
    histogram.standard_deviation = summary.standard_deviation;

    const float lower = static_cast<float>(histogram.lower);
    const float inverse_width = static_cast<float>(1 / histogram.width);
    using Counts = std::array<int64_t, kBins + 2>;  // below, bins, above
    std::vector<Counts> parts(static_cast<size_t>(std::max(1, threads)), Counts{});
    parallel_for(threads, static_cast<int64_t>(values.size()), [&](int64_t begin, int64_t end, int thread) {
        Counts& counts = parts[static_cast<size_t>(thread)];
        for (int64_t i = begin; i < end; ++i) {
            // Not a number compares false and lands above, like plus infinity.
            const float position = std::floor((values[static_cast<size_t>(i)] - lower) * inverse_width);
            const int bin = position < 0 ? -1 : position < kBins ? static_cast<int>(position) : kBins;
            ++counts[static_cast<size_t>(bin + 1)];
        }
    });
    histogram.counts.assign(kBins, 0);
    for (const Counts& counts : parts) {
        histogram.below += counts.front();
        histogram.above += counts.back();
        for (size_t i = 0; i < kBins; ++i) histogram.counts[i] += counts[i + 1];
    }
    return histogram;
}

}  // namespace f8net
