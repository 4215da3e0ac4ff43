// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/tensor_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/base/error.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/device_lengths.h"
#include "core/quantization/elementwise_kernels.h"
#include "core/quantization/square_errors.h"

namespace f8net {
namespace {

using torch::Tensor;

/// Whether the kernels of this folder can read x, made dense.
bool is_real_on_cpu(const Tensor& x) {
    return x.device().is_cpu() && (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble);
}
Tensor dense(const Tensor& x) {
    return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

double statistic_from_sums(const Sums& sums, double count, Statistic statistic) {
    return statistic == Statistic::kRms ? sums.root_mean_square(count) : sums.deviation(count);
}

template <typename T>
double host_statistic(const Tensor& x, Statistic statistic) {
    const T* data = x.const_data_ptr<T>();
    const auto count = static_cast<double>(x.numel());
    if (statistic == Statistic::kMae) return sum_magnitudes<T>(data, x.numel()) / count;
    return statistic_from_sums(sum_moments<T>(data, x.numel()), count, statistic);
}

}  // namespace

double tensor_statistic(const Tensor& x, Statistic statistic) {
    torch::NoGradGuard no_grad;
    if (has_device_kernels(x)) return device::read(device::choose(x, {8, true}, false, statistic)).value;
    if (is_real_on_cpu(x)) {
        return x.scalar_type() == torch::kFloat ? host_statistic<float>(dense(x), statistic)
                                                : host_statistic<double>(dense(x), statistic);
    }
    const Tensor values = x.to(torch::kDouble);
    if (statistic == Statistic::kMae) return values.abs().mean().item<double>();
    const auto count = static_cast<double>(x.numel());
    const Tensor sums = torch::stack({values.sum(), values.square().sum()}).cpu();  // one transfer
    return statistic_from_sums({sums[0].item<double>(), sums[1].item<double>()}, count, statistic);
}

Tensor channel_statistic(const Tensor& x, Statistic statistic, int64_t channel_axis) {
    torch::NoGradGuard no_grad;
    const Tensor values = x.detach().to(torch::kDouble).transpose(0, channel_axis).flatten(1);
    switch (statistic) {
        case Statistic::kMae:
            return values.abs().mean(1).cpu();
        case Statistic::kRms:
            return values.square().mean(1).sqrt().cpu();
        case Statistic::kStd:
            break;
    }
    return values.std(1, true).cpu();
}

namespace {

int num_grid_lengths(CodeRange range) {
    return range.word_length - (range.is_signed ? 1 : 0) + 1;
}

template <typename T>
std::vector<double> host_grid_sums(const Tensor& x, CodeRange range, int num_lengths) {
    std::vector<double> sums;
    for (int first = 0; first < num_lengths; first += kLengthsPerPass) {
        const SquareErrors errors =
            square_errors<T>(x.const_data_ptr<T>(), x.numel(), range.highest(), range.is_signed, first);
        sums.insert(sums.end(), errors.begin(), errors.begin() + std::min(kLengthsPerPass, num_lengths - first));
    }
    return sums;
}

/// The first of the two neighbouring lengths with the smallest errors of a few thousand values from all over x. A piece
/// is a cache line: neighbours are alike, and few large pieces would often prefer another length than all of x does.
int likely_window(const float* x, int64_t n, CodeRange range) {
    constexpr int64_t kPieces = 256, kSize = 16;
    std::array<float, kPieces * kSize> sample;
    for (int64_t i = 0; i < kPieces; ++i)
        std::copy_n(x + (n - kSize) * i / (kPieces - 1), kSize, sample.begin() + i * kSize);
    const auto errors = rough_square_errors(sample.data(), kPieces * kSize, range.highest(), range.is_signed).sums;
    const int last = num_grid_lengths(range) - 1, best = first_smallest(errors.data(), last + 1);
    const auto error = [&](int length) { return errors[static_cast<size_t>(length)]; };
    return best == last || (best > 0 && error(best - 1) < error(best + 1)) ? best - 1 : best;
}

/// The length with the smallest error of all values, where a likely one is better than any other beyond doubt.
std::optional<int> likely_choice(const float* x, int64_t n, CodeRange range) {
    constexpr int kLengths = ErrorWindow<float>::kLengths;
    constexpr int64_t kWorthASample = 1 << 16;
    const int num_lengths = num_grid_lengths(range);
    if (n < kWorthASample || num_lengths < kLengths) return std::nullopt;
    const int first = likely_window(x, n, range);
    const WindowErrors errors = rough_window_errors(x, n, range.highest(), range.is_signed, first);
    // A bound counts where there are lengths beyond it.
    const int begin = first > 0 ? 0 : 1, end = first + kLengths < num_lengths ? kLengths + 2 : kLengths + 1;
    const double* sums = errors.sums.data();
    const int best = 1 + first_smallest(sums + 1, kLengths);
    if (!smallest_is_clear(sums + begin, end - begin, best - begin, static_cast<double>(n), errors.below))
        return std::nullopt;
    return first + best - 1;
}

/// The length with the smallest error, where the fast sums leave no doubt.
std::optional<int> clear_grid_choice(const Tensor& x_in, CodeRange range) {
    const bool one_pass_will_do = num_grid_lengths(range) <= kLengthsPerPass;
    if (!one_pass_will_do || !is_real_on_cpu(x_in) || x_in.scalar_type() != torch::kFloat) return std::nullopt;
    torch::NoGradGuard no_grad;
    const Tensor x = dense(x_in);
    if (const auto choice = likely_choice(x.const_data_ptr<float>(), x.numel(), range)) return choice;
    const auto errors = rough_square_errors(x.const_data_ptr<float>(), x.numel(), range.highest(), range.is_signed);
    const int num_lengths = num_grid_lengths(range), best = first_smallest(errors.sums.data(), num_lengths);
    if (!smallest_is_clear(errors.sums.data(), num_lengths, best, static_cast<double>(x.numel()), errors.below))
        return std::nullopt;
    return best;
}

}  // namespace

std::vector<double> grid_errors(const Tensor& x, CodeRange range) {
    torch::NoGradGuard no_grad;
    const int num_lengths = num_grid_lengths(range);
    std::vector<double> errors;
    if (has_device_kernels(x) && num_lengths <= kLengthsPerPass) {
        const LengthChoice choice = device::read(device::choose(x, range, true, Statistic::kStd));
        return {choice.errors, choice.errors + num_lengths};
    }
    if (is_real_on_cpu(x)) {
        errors = x.scalar_type() == torch::kFloat ? host_grid_sums<float>(dense(x), range, num_lengths)
                                                  : host_grid_sums<double>(dense(x), range, num_lengths);
        for (double& error : errors) error = root_mean_error(error, static_cast<double>(x.numel()));
        return errors;
    }
    for (int length = 0; length < num_lengths; ++length)
        errors.push_back(tensor_statistic(x - fake_quantize(x, range, {length}), Statistic::kRms));
    return errors;
}

FractionalLengths choose_fractional_lengths(const Tensor& x, CodeRange range, FormatPolicy policy, Statistic statistic,
                                            Granularity granularity, int64_t channel_axis, const std::string& what) {
    if (policy == FormatPolicy::kGridSearch) {
        const bool chooses_on_device = has_device_kernels(x) && num_grid_lengths(range) <= kLengthsPerPass;
        if (!chooses_on_device) {
            if (const std::optional<int> choice = clear_grid_choice(x, range)) return {*choice};
        }
        const std::vector<double> errors = grid_errors(x, range);
        for (const double error : errors) {
            if (!std::isfinite(error))
                throw NumericError(what + ": holds a value that is not finite, so no format fits it");
        }
        return {first_smallest(errors.data(), static_cast<int>(errors.size()))};
    }
    if (policy != FormatPolicy::kStatistics) throw ConfigError(what + ": a fixed format leaves nothing to choose");
    if (range.word_length != 8) {
        throw ConfigError(what + ": formats from a statistic need words of 8 bits, not " +
                          std::to_string(range.word_length) + "; use grid_search");
    }
    if (granularity == Granularity::kPerTensor) {
        return {choose_fractional_length(tensor_statistic(x, statistic), statistic, range.is_signed, what)};
    }
    const Tensor values = channel_statistic(x, statistic, channel_axis);
    FractionalLengths lengths;
    for (int64_t c = 0; c < values.numel(); ++c) {
        lengths.push_back(
            choose_fractional_length(values.const_data_ptr<double>()[c], statistic, range.is_signed, what));
    }
    return lengths;
}

Quantized choose_and_quantize(const Tensor& x, CodeRange range, FormatPolicy policy, Statistic statistic,
                              Granularity granularity, int64_t channel_axis, const std::string& what) {
    const bool is_grid_search = policy == FormatPolicy::kGridSearch;
    const bool is_one_choice = is_grid_search ? num_grid_lengths(range) <= kLengthsPerPass
                                              : policy == FormatPolicy::kStatistics &&
                                                    granularity == Granularity::kPerTensor && range.word_length == 8;
    if (!has_device_kernels(x) || !is_one_choice || range.word_length > 8) {
        FractionalLengths lengths =
            choose_fractional_lengths(x, range, policy, statistic, granularity, channel_axis, what);
        Tensor values = fake_quantize(x, range, lengths, channel_axis);
        return {std::move(values), std::move(lengths), {}};
    }
    Tensor choice;
    device::Codes made;
    {
        const torch::NoGradGuard no_grad;
        choice = device::choose(x, range, is_grid_search, statistic);
        made = device::quantize_as_chosen(x, range, choice, true);
    }
    return {with_gradient_by_code(x, made.values, made.codes, range), ChosenLengths(choice, what), made.codes};
}

}  // namespace f8net
