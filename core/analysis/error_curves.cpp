// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/error_curves.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/data/keyed_random.h"
#include "core/data/purposes.h"
#include "core/fixedpoint/format_choice.h"

namespace f8net {
namespace {

/// Beyond so many sigmas nothing of a Gaussian is left in float64.
constexpr double kEndOfGaussian = 38.5;

void check_options(const ErrorCurveOptions& options) {
    if (options.word_length < 2 || options.word_length > 8) {
        throw ConfigError("word length is " + std::to_string(options.word_length) + ", expected 2 to 8");
    }
    if (!(options.lowest > 0 && options.lowest < options.highest && std::isfinite(options.highest))) {
        throw ConfigError("sigma goes from " + std::to_string(options.lowest) + " to " +
                          std::to_string(options.highest) + ", expected a range above 0");
    }
    if (options.points < 2) throw ConfigError("points is " + std::to_string(options.points) + ", expected at least 2");
}

ErrorCurves empty_curves(const ErrorCurveOptions& options) {
    check_options(options);
    ErrorCurves curves{options.is_signed, options.word_length, {}, {}};
    const double ratio = std::log(options.highest / options.lowest);
    for (int i = 0; i < options.points; ++i) {
        curves.sigmas.push_back(options.lowest * std::exp(ratio * i / (options.points - 1)));
    }
    curves.errors.assign(static_cast<size_t>(options.word_length - (options.is_signed ? 1 : 0) + 1),
                         std::vector<double>(curves.sigmas.size()));
    return curves;
}

/// Standard normal numbers by the ratio of uniforms (Kinderman and Monahan 1977). The value needs no elementary
/// function and the logarithm only decides whether it is taken, so other machines draw the same numbers.
std::vector<double> normal_samples(int64_t count, KeyedRandom random) {
    const double width = 2 * std::sqrt(2 / std::numbers::e);
    std::vector<double> samples;
    samples.reserve(static_cast<size_t>(count));
    while (static_cast<int64_t>(samples.size()) < count) {
        const double u = 1 - random.uniform();  // not 0
        const double x = width * (random.uniform() - 0.5) / u;
        if (x * x <= -4 * std::log(u)) samples.push_back(x);
    }
    return samples;
}

/// Where FL stops being better than FL - 1, between the best sigmas of both; NaN where it does not. Sampled curves
/// cross each other several times there: as many sigmas then lie below the change as FL is better at.
double change_between(const ErrorCurves& curves, size_t length, double after, double before) {
    const auto lead = [&](size_t i) { return std::log(curves.errors[length][i] / curves.errors[length - 1][i]); };
    const auto first = static_cast<size_t>(std::lower_bound(curves.sigmas.begin(), curves.sigmas.end(), after) -
                                           curves.sigmas.begin());
    int64_t better = 0, crossings = 0;
    double crossing = std::numeric_limits<double>::quiet_NaN();
    const double step = std::log(curves.sigmas[1] / curves.sigmas[0]);
    for (size_t i = first; i < curves.sigmas.size() && curves.sigmas[i] <= before; ++i) {
        better += lead(i) < 0;
        if (i == first || (lead(i - 1) < 0) == (lead(i) < 0)) continue;
        ++crossings;
        crossing = curves.sigmas[i - 1] * std::exp(step * lead(i - 1) / (lead(i - 1) - lead(i)));
    }
    if (crossings <= 1) return crossing;
    return curves.sigmas[first] * std::exp(step * (static_cast<double>(better) - 0.5));
}

}  // namespace

double expected_relative_error(double sigma, const FixedPointFormat& format) {
    // Q climbs by one step at each edge e_k = (k + 1/2) step, k = 0 .. max_code - 1. With t = sigma / step, in units of
    // sigma, over the positive half:  E[x^2] = 1/2,  E[x Q] = sum density(e_k) / t,  E[Q^2] = sum (2k + 1) P(x > e_k) /
    // t^2.
    const double t = std::ldexp(sigma, format.fractional_length);
    const double density_at_0 = 1 / std::sqrt(2 * std::numbers::pi);
    double density = 0, squares = 0;
    for (int64_t k = 0; k < format.max_stored(); ++k) {
        const double edge = (static_cast<double>(k) + 0.5) / t;
        if (edge > kEndOfGaussian) break;
        density += std::exp(-0.5 * edge * edge);
        squares += static_cast<double>(2 * k + 1) * std::erfc(edge / std::numbers::sqrt2);
    }
    const double half = 0.5 - 2 * density_at_0 * density / t + 0.5 * squares / (t * t);
    return std::sqrt(std::max(format.is_signed ? 2 * half : half, 0.0));
}

ErrorCurves expected_error_curves(const ErrorCurveOptions& options) {
    ErrorCurves curves = empty_curves(options);
    for (int length = 0; length < curves.num_lengths(); ++length) {
        const FixedPointFormat format{options.word_length, length, options.is_signed};
        auto& errors = curves.errors[static_cast<size_t>(length)];
        for (size_t i = 0; i < errors.size(); ++i) errors[i] = expected_relative_error(curves.sigmas[i], format);
    }
    return curves;
}

ErrorCurves sampled_error_curves(const ErrorCurveOptions& options, int64_t samples, uint64_t seed, int threads) {
    ErrorCurves curves = empty_curves(options);
    if (samples < 1) throw ConfigError("samples is " + std::to_string(samples) + ", expected at least 1");
    parallel_for(threads, options.points, [&](int64_t begin, int64_t end, int) {
        for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
            const double sigma = curves.sigmas[i];
            std::vector<double> values = normal_samples(samples, KeyedRandom(seed, purpose::kSamples, i));
            for (double& value : values) value = sigma * (options.is_signed ? value : std::max(value, 0.0));
            const std::vector<double> errors =
                grid_search_errors<double>(values, options.word_length, options.is_signed, "samples");
            for (size_t length = 0; length < errors.size(); ++length) curves.errors[length][i] = errors[length] / sigma;
        }
    });
    return curves;
}

FormatThresholds find_thresholds(const ErrorCurves& curves) {
    FormatThresholds thresholds;
    for (const auto& errors : curves.errors) {
        const auto smallest = std::min_element(errors.begin(), errors.end());
        thresholds.lengths.push_back({0, 0, *smallest, curves.sigmas[static_cast<size_t>(smallest - errors.begin())]});
    }
    auto& lengths = thresholds.lengths;
    double log_sum = 0;
    int found = 0;
    for (size_t length = 1; length < lengths.size(); ++length) {
        const double sigma = change_between(curves, length, lengths[length].at_sigma, lengths[length - 1].at_sigma);
        lengths[length].to = lengths[length - 1].from = sigma;
        if (!std::isfinite(sigma)) continue;
        log_sum += std::log(std::ldexp(sigma, static_cast<int>(length)));
        ++found;
    }
    thresholds.constant = found > 0 ? std::exp(log_sum / found) : std::numeric_limits<double>::quiet_NaN();
    // At c / 2^FL both neighbours have the same error; FL 0 reaches it at c, the finest one an octave below its change.
    lengths.front().to = thresholds.constant;
    lengths.back().from = std::ldexp(thresholds.constant, -curves.num_lengths());
    return thresholds;
}

SigmaStudy study_sigma(const ErrorCurveOptions& options, int64_t samples, uint64_t seed, int threads) {
    SigmaStudy study;
    study.expected = expected_error_curves(options);
    study.thresholds = find_thresholds(study.expected);
    if (samples > 0) {
        study.sampled = sampled_error_curves(options, samples, seed, threads);
        study.sampled_thresholds = find_thresholds(*study.sampled);
    }
    if (options.word_length == 8) study.rule_constant = statistic_constant(Statistic::kStd, options.is_signed);
    return study;
}

int best_fractional_length(double sigma, int word_length, bool is_signed) {
    std::vector<double> errors;
    for (int length = 0; length <= word_length - (is_signed ? 1 : 0); ++length) {
        errors.push_back(expected_relative_error(sigma, {word_length, length, is_signed}));
    }
    return choose_fractional_length(errors);
}

}  // namespace f8net
