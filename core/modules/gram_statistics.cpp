// SPDX-License-Identifier: Apache-2.0
#include "core/modules/gram_statistics.h"

#include "core/modules/tf32.h"
#include "core/quantization/device_channels.h"
#include "core/quantization/elementwise_kernels.h"

namespace f8net {
namespace {

using torch::Tensor;

/// Products of this many codes sum up below 2^24: 255^2 * 256, 127^2 * 1024.
int64_t exact_rows(bool is_signed) {
    return is_signed ? 1024 : 256;
}

/// sum of x x^T.
Tensor gram(const Tensor& rows, bool is_signed) {
    if (rows.scalar_type() == torch::kDouble) return at::mm(rows.t(), rows);
    const int64_t block = exact_rows(is_signed), blocks = rows.size(0) / block, in = rows.size(1);
    Tensor sum;
    if (blocks > 0) {
        const Tensor whole = rows.narrow(0, 0, blocks * block).view({blocks, block, in});
        sum = at::bmm(whole.transpose(1, 2), whole).sum(0, /*keepdim=*/false, torch::kDouble);
    }
    if (const int64_t left = rows.size(0) - blocks * block; left > 0) {
        const Tensor rest = rows.narrow(0, blocks * block, left);
        const Tensor product = at::mm(rest.t(), rest).to(torch::kDouble);
        sum = sum.defined() ? sum.add_(product) : product;
    }
    return sum;
}

template <typename T>
Tensor mean_on_host(const Tensor& rows) {
    Tensor mean = torch::empty({2, rows.size(1)}, torch::kDouble);
    channel_moments<T>(rows.const_data_ptr<T>(), rows.size(0), rows.size(1), mean.mutable_data_ptr<double>(),
                       mean.mutable_data_ptr<double>() + rows.size(1));
    return mean.select(0, 0);
}

Tensor mean_of(const Tensor& rows) {
    if (!rows.device().is_cpu()) return device::channel_moments(rows).mean;
    return rows.scalar_type() == torch::kFloat ? mean_on_host<float>(rows) : mean_on_host<double>(rows);
}

}  // namespace

bool are_statistics_cheaper_from_input(const Layer& layer, int64_t pixels) {
    const bool is_pointwise = layer.window.kernel == 1 && layer.window.padding == 0 && layer.groups == 1;
    const auto in = static_cast<double>(layer.in_channels), out = static_cast<double>(layer.out_channels),
               count = static_cast<double>(pixels);
    return is_pointwise && out >= 3 * in && in * (count + 3 * out) < 0.7 * count * out;
}

InputMoments input_moments(const Tensor& rows, bool is_signed) {
    InputMoments moments;
    moments.samples = rows.size(0);
    moments.mean = mean_of(rows);
    const Tf32Scope exact_for_codes(rows.device(), /*is_allowed=*/true);
    moments.covariance = gram(rows, is_signed).div_(static_cast<double>(moments.samples));
    moments.covariance.addr_(moments.mean, moments.mean, 1, -1);
    return moments;
}

OutputMoments output_moments(const InputMoments& input, const Tensor& weight) {
    const Tensor w = weight.to(torch::kDouble);
    return {at::mv(w, input.mean), at::mm(w, input.covariance).mul_(w).sum(1).clamp_min_(0)};
}

MomentsGradient output_moments_gradient(const InputMoments& input, const Tensor& weight, const Tensor& mean_gradient,
                                        const Tensor& variance_gradient) {
    const Tensor w = weight.to(torch::kDouble), twice = variance_gradient.mul(2).unsqueeze(1);
    const double samples = static_cast<double>(input.samples);
    MomentsGradient gradient;
    gradient.weight = at::mm(w, input.covariance).mul_(twice).addr_(mean_gradient, input.mean);
    gradient.slope = at::mm(w.mul(twice).t(), w).div_(samples);
    gradient.offset = at::mv(w.t(), mean_gradient).div_(samples).sub_(at::mv(gradient.slope, input.mean));
    return gradient;
}

}  // namespace f8net
