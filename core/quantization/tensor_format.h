// SPDX-License-Identifier: Apache-2.0
/// Chooses fractional lengths for a LibTorch tensor: the same rules and the same float64 sums as core/fixedpoint, on
/// any device. Shapes   x: any; result: one length per tensor, or one per channel along channel_axis.   Units  bits, 0
/// <= FL <= WL - signed. Source   method.md 2.1, 2.2.   Errors  ConfigError for statistics with a word length other
/// than 8; NumericError naming `what` for NaN or inf. Threads  pure; no gradient.
#pragma once

#include <torch/torch.h>

#include <string>

#include "core/config/experiment.h"
#include "core/quantization/fake_quantize.h"

namespace f8net {

/// std (unbiased), mean magnitude or rms of the whole tensor, from float64 sums.
double tensor_statistic(const torch::Tensor& x, Statistic statistic);
/// The same per channel: float64 on the CPU, [C].
torch::Tensor channel_statistic(const torch::Tensor& x, Statistic statistic, int64_t channel_axis);

/// By policy: kStatistics per tensor or per channel, kGridSearch per tensor (smallest RMS error, first on a tie).
/// kFixed has nothing to choose: ConfigError.
FractionalLengths choose_fractional_lengths(const torch::Tensor& x, CodeRange range, FormatPolicy policy,
                                            Statistic statistic, Granularity granularity, int64_t channel_axis,
                                            const std::string& what);
/// Both: the lengths, and x quantized with them. On a device with kernels for it the host waits for neither; the codes
/// as bytes are there beside them then.
struct Quantized {
    torch::Tensor values;
    ChosenLengths lengths;
    torch::Tensor codes;
};
Quantized choose_and_quantize(const torch::Tensor& x, CodeRange range, FormatPolicy policy, Statistic statistic,
                              Granularity granularity, int64_t channel_axis, const std::string& what);
/// RMS error between x and Q(x; FL) for FL = 0 .. WL - signed.
std::vector<double> grid_errors(const torch::Tensor& x, CodeRange range);

}  // namespace f8net
