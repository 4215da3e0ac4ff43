// SPDX-License-Identifier: Apache-2.0
#include "core/fixedpoint/format_choice.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/fixedpoint/arithmetic.h"
#include "core/fixedpoint/moments.h"

namespace f8net {
namespace {

constexpr std::array<const char*, 3> kNames = {"std", "mae", "rms"};

double finished(const Moments& moments, Statistic statistic, const std::string& name) {
    if (moments.count < (statistic == Statistic::kStd ? 2 : 1)) {
        throw NumericError(name + ": a tensor of " + std::to_string(moments.count) + " elements has no " +
                           to_string(statistic));
    }
    const double value = statistic == Statistic::kStd ? std::sqrt(moments.sum / static_cast<double>(moments.count - 1))
                         : statistic == Statistic::kMae ? moments.sum / static_cast<double>(moments.count)
                                                        : std::sqrt(moments.sum / static_cast<double>(moments.count));
    if (!std::isfinite(value)) {
        throw NumericError(name + ": " + to_string(statistic) + " is " + std::to_string(value) +
                           ", the tensor holds values that are not finite");
    }
    return value;
}

template <typename T>
double statistic_of(std::span<const T> x, Statistic statistic, const std::string& name, int num_threads) {
    const auto size = static_cast<int64_t>(x.size());
    const int64_t blocks = (size + kMomentBlock - 1) / kMomentBlock;
    if (num_threads <= 0) num_threads = available_threads();
    constexpr int64_t blocks_worth_a_thread = 64;
    num_threads = static_cast<int>(std::clamp<int64_t>(blocks / blocks_worth_a_thread, 1, num_threads));
    std::vector<Moments> parts(static_cast<size_t>(blocks));
    const auto body = [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
            const int64_t from = i * kMomentBlock;
            parts[static_cast<size_t>(i)] =
                block_moments(x.data() + from, std::min(kMomentBlock, size - from), statistic);
        }
    };
    if (num_threads == 1)
        body(0, blocks, 0);
    else
        parallel_for(num_threads, blocks, body);
    Moments total;
    for (const Moments& part : parts) total.merge(part, statistic);
    return finished(total, statistic, name);
}

}  // namespace

std::string to_string(Statistic statistic) {
    return kNames[static_cast<size_t>(statistic)];
}

Statistic statistic_from_string(const std::string& name) {
    for (size_t i = 0; i < kNames.size(); ++i) {
        if (name == kNames[i]) return static_cast<Statistic>(i);
    }
    throw ConfigError("statistic is '" + name + "', expected std, mae or rms");
}

double statistic_constant(Statistic statistic, bool is_signed) {
    switch (statistic) {
        case Statistic::kStd:
            return is_signed ? 40.0 : 70.0;
        case Statistic::kMae:
            return 30.0;
        default:
            return is_signed ? 40.0 : 50.0;
    }
}

double compute_statistic(std::span<const float> x, Statistic statistic, const std::string& name, int num_threads) {
    return statistic_of(x, statistic, name, num_threads);
}

double compute_statistic(std::span<const double> x, Statistic statistic, const std::string& name, int num_threads) {
    return statistic_of(x, statistic, name, num_threads);
}

template <typename T>
std::vector<double> compute_statistic_per_channel(std::span<const T> x, int64_t outer, int64_t channels,
                                                  Statistic statistic, const std::string& name) {
    if (outer < 1 || channels < 1 || static_cast<int64_t>(x.size()) % (outer * channels) != 0) {
        throw ShapeError(name, "a whole number of elements per channel",
                         std::to_string(x.size()) + " elements in " + std::to_string(outer) + " x " +
                             std::to_string(channels) + " parts");
    }
    const int64_t inner = static_cast<int64_t>(x.size()) / (outer * channels);
    std::vector<double> values;
    for (int64_t channel = 0; channel < channels; ++channel) {
        Moments total;
        for (int64_t o = 0; o < outer; ++o) {
            const T* part = x.data() + (o * channels + channel) * inner;
            for (int64_t from = 0; from < inner; from += kMomentBlock) {
                total.merge(block_moments(part + from, std::min(kMomentBlock, inner - from), statistic), statistic);
            }
        }
        values.push_back(finished(total, statistic, name + ", channel " + std::to_string(channel)));
    }
    return values;
}
template std::vector<double> compute_statistic_per_channel(std::span<const float>, int64_t, int64_t, Statistic,
                                                           const std::string&);
template std::vector<double> compute_statistic_per_channel(std::span<const double>, int64_t, int64_t, Statistic,
                                                           const std::string&);

int choose_fractional_length(double value, Statistic statistic, bool is_signed, const std::string& name) {
    if (!std::isfinite(value) || value < 0.0) {
        throw NumericError(name + ": " + to_string(statistic) + " is " + std::to_string(value) +
                           ", no format follows from it");
    }
    const double limit = statistic_constant(statistic, is_signed);
    return length_from_statistic(value, limit, 8 - (is_signed ? 1 : 0));
}

template <typename T>
std::vector<double> grid_search_errors(std::span<const T> x, int word_length, bool is_signed, const std::string& name) {
    if (x.empty()) throw NumericError(name + ": an empty tensor has no quantization error");
    std::vector<double> errors;
    for (int length = 0; length <= word_length - (is_signed ? 1 : 0); ++length) {
        const Quantizer<T> quantizer(FixedPointFormat{word_length, length, is_signed});
        double sum = 0.0;
        for (size_t from = 0; from < x.size(); from += kMomentBlock) {
            sum += block_square_error(
                x.data() + from, std::min<int64_t>(kMomentBlock, static_cast<int64_t>(x.size() - from)), quantizer);
        }
        const double error = std::sqrt(sum / static_cast<double>(x.size()));
        if (!std::isfinite(error)) throw NumericError(name + ": the tensor holds values that are not finite");
        errors.push_back(error);
    }
    return errors;
}
template std::vector<double> grid_search_errors(std::span<const float>, int, bool, const std::string&);
template std::vector<double> grid_search_errors(std::span<const double>, int, bool, const std::string&);

int choose_fractional_length(const std::vector<double>& errors) {
    return first_smallest(errors.data(), static_cast<int>(errors.size()));
}

float update_running_fractional_length(float buffer, int batch_fractional_length, float momentum) {
    return momentum * static_cast<float>(batch_fractional_length) + (1.0f - momentum) * buffer;
}

int round_running_fractional_length(float buffer, int word_length, bool is_signed, const std::string& name) {
    if (std::isnan(buffer)) throw NumericError(name + ": the running fractional length is NaN");
    const float highest = static_cast<float>(word_length - (is_signed ? 1 : 0));
    return static_cast<int>(std::clamp(round_half_to_even(buffer), 0.0f, highest));
}

}  // namespace f8net
