// SPDX-License-Identifier: Apache-2.0
#include "core/modules/channel_moments.h"

#include <vector>

#include "core/quantization/device_channels.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/elementwise_kernels.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool has_rows_on_cpu(const Tensor& y) {
    return y.device().is_cpu() && y.is_contiguous(at::MemoryFormat::ChannelsLast) &&
           (y.scalar_type() == torch::kFloat || y.scalar_type() == torch::kDouble);
}

bool has_rows_on_device(const Tensor& y) {
    return has_device_kernels(y) && y.is_contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor per_channel(const Tensor& values) {
    return values.view({1, -1, 1, 1});
}

template <typename T>
void moments_of_rows(const Tensor& y, Tensor& mean, Tensor& variance) {
    channel_moments<T>(y.const_data_ptr<T>(), y.numel() / y.size(1), y.size(1), mean.mutable_data_ptr<double>(),
                       variance.mutable_data_ptr<double>());
}

template <typename T>
void affine_rows(const Tensor& y, Tensor& out, const Tensor& mean, const Tensor& slope, const Tensor& offset) {
    channel_affine<T>(y.const_data_ptr<T>(), out.mutable_data_ptr<T>(), y.numel() / y.size(1), y.size(1),
                      mean.const_data_ptr<T>(), slope.const_data_ptr<T>(), offset.const_data_ptr<T>());
}

class BatchMoments : public torch::autograd::Function<BatchMoments> {
public:
    static variable_list forward(AutogradContext* context, const Tensor& y) {
        Tensor mean, variance;
        if (has_rows_on_device(y)) {
            device::ChannelMoments moments = device::channel_moments(y);
            mean = moments.mean.to(y.scalar_type());
            variance = moments.biased.to(y.scalar_type());
        } else if (has_rows_on_cpu(y)) {
            mean = torch::empty({y.size(1)}, torch::kDouble);
            variance = torch::empty({y.size(1)}, torch::kDouble);
            if (y.scalar_type() == torch::kFloat) {
                moments_of_rows<float>(y, mean, variance);
            } else {
                moments_of_rows<double>(y, mean, variance);
            }
            mean = mean.to(y.scalar_type());
            variance = variance.to(y.scalar_type());
        } else {
            std::tie(variance, mean) = at::var_mean(y, at::IntArrayRef{0, 2, 3}, /*unbiased=*/false);
        }
        context->save_for_backward({y, mean});
        return {mean, variance};
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const Tensor &y = saved[0], &mean = saved[1];
        const double samples = static_cast<double>(y.numel() / y.size(1));
        const Tensor offset = (gradients[0].defined() ? gradients[0] / samples : torch::zeros_like(mean)).contiguous();
        const Tensor slope =
            (gradients[1].defined() ? gradients[1] * (2.0 / samples) : torch::zeros_like(mean)).contiguous();
        if (has_rows_on_device(y)) return {device::channel_affine(y, mean, slope, offset)};
        if (!has_rows_on_cpu(y)) return {(y - per_channel(mean)) * per_channel(slope) + per_channel(offset)};
        Tensor out = torch::empty_like(y);
        if (y.scalar_type() == torch::kFloat) {
            affine_rows<float>(y, out, mean, slope, offset);
        } else {
            affine_rows<double>(y, out, mean, slope, offset);
        }
        return {out};
    }
};

}  // namespace

std::pair<Tensor, Tensor> batch_moments(const Tensor& y) {
    variable_list moments = BatchMoments::apply(y);
    return {moments[0], moments[1]};
}

}  // namespace f8net
