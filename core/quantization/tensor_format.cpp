// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/tensor_format.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/quantization/elementwise_kernels.h"

namespace f8net {
namespace {

using torch::Tensor;

double statistic_from_sums(double sum, double sum_of_squares, double count, Statistic statistic) {
    if (statistic == Statistic::kRms) return std::sqrt(sum_of_squares / count);
    const double variance = (sum_of_squares - sum * sum / count) / (count - 1);
    // max would turn NaN into 0.
    return variance < 0 ? 0.0 : std::sqrt(variance);
}

template <typename T>
double host_statistic(const Tensor& x, Statistic statistic) {
    const T* data = x.const_data_ptr<T>();
    const auto count = static_cast<double>(x.numel());
    if (statistic == Statistic::kMae) return sum_magnitudes<T>(data, x.numel()) / count;
    const Sums sums = sum_moments<T>(data, x.numel());
    return statistic_from_sums(sums.sum, sums.sum_of_squares, count, statistic);
}

}  // namespace

double tensor_statistic(const Tensor& x_in, Statistic statistic) {
    torch::NoGradGuard no_grad;
    const Tensor x = x_in.detach();
    if (x.device().is_cpu() && (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble)) {
        const Tensor dense = x.is_non_overlapping_and_dense() ? x : x.contiguous();
        return x.scalar_type() == torch::kFloat ? host_statistic<float>(dense, statistic)
                                                : host_statistic<double>(dense, statistic);
    }
    const Tensor values = x.to(torch::kDouble);
    if (statistic == Statistic::kMae) return values.abs().mean().item<double>();
    const auto count = static_cast<double>(x.numel());
    const Tensor sums = torch::stack({values.sum(), values.square().sum()}).cpu();  // one transfer
    return statistic_from_sums(sums[0].item<double>(), sums[1].item<double>(), count, statistic);
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

std::vector<double> grid_errors(const Tensor& x_in, CodeRange range) {
    torch::NoGradGuard no_grad;
    const Tensor x = x_in.detach();
    std::vector<double> errors;
    for (int length = 0; length <= range.word_length - (range.is_signed ? 1 : 0); ++length) {
        const Tensor difference = x - fake_quantize(x, range, {length});
        errors.push_back(tensor_statistic(difference, Statistic::kRms));
    }
    return errors;
}

FractionalLengths choose_fractional_lengths(const Tensor& x, CodeRange range, FormatPolicy policy, Statistic statistic,
                                            Granularity granularity, int64_t channel_axis, const std::string& what) {
    if (policy == FormatPolicy::kGridSearch) {
        const std::vector<double> errors = grid_errors(x, range);
        for (const double error : errors) {
            if (!std::isfinite(error))
                throw NumericError(what + ": holds a value that is not finite, so no format fits it");
        }
        return {static_cast<int>(std::min_element(errors.begin(), errors.end()) - errors.begin())};
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

}  // namespace f8net
