// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/device_channels.h"

#include "core/quantization/device_launch.h"

namespace f8net::device {

using torch::Tensor;

namespace {

const ChannelFold* channels_of(const Fold& fold) {
    return static_cast<const ChannelFold*>(fold.channels.const_data_ptr());
}

/// `rows` of [channels] each, one after another in one block of memory.
Tensor channel_rows(int64_t rows, const Tensor& like, torch::ScalarType type) {
    return torch::empty({rows, like.numel()}, like.options().dtype(type).requires_grad(false));
}

}  // namespace

ChannelMoments channel_moments(const Tensor& y) {
    const int64_t channels = y.size(1), num_rows = y.numel() / channels;
    const Tensor both = torch::empty({2, channels}, y.options().dtype(torch::kDouble).requires_grad(false));
    ChannelMoments moments{both.select(0, 0), both.select(0, 1)};
    const Tensor workspace = bytes_like(y, kernels_of(y).moments_workspace_bytes(num_rows, channels));
    run(y, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.channel_moments(y.const_data_ptr<T>(), num_rows, channels,
                                       moments.mean.mutable_data_ptr<double>(),
                                       moments.biased.mutable_data_ptr<double>(), workspace.mutable_data_ptr(), stream);
    });
    return moments;
}

Tensor channel_affine(const Tensor& y, const Tensor& mean, const Tensor& slope, const Tensor& offset, bool in_place) {
    Tensor out = in_place ? y : torch::empty_like(y);
    const int64_t channels = y.size(1);
    run(y, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.channel_affine(y.const_data_ptr<T>(), out.mutable_data_ptr<T>(), y.numel() / channels, channels,
                                      data_or_null<T>(mean), data_or_null<T>(slope), offset.const_data_ptr<T>(),
                                      stream);
    });
    return out;
}

void add_to_channels(Tensor& y, const Tensor& offset) {
    channel_affine(y, {}, {}, offset, /*in_place=*/true);
}

Tensor scale_rows(const Tensor& weight, const Tensor& gain, const Tensor& eta, const Tensor& eta_next) {
    Tensor out = torch::empty_like(weight);
    const int64_t rows = weight.size(0);
    run(weight, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.scale_rows(weight.const_data_ptr<T>(), out.mutable_data_ptr<T>(), rows, weight.numel() / rows,
                                  data_or_null<T>(gain), data_or_null<T>(eta), data_or_null<T>(eta_next), stream);
    });
    return out;
}

Fold fold(const ChannelMoments& moments, const Tensor& gamma, const Tensor& beta, const Tensor& eta_next,
          RunningStatistics& running) {
    const int64_t channels = gamma.numel();
    const Tensor rows = channel_rows(2, gamma, gamma.scalar_type());
    Fold result{bytes_like(gamma, channels * static_cast<int64_t>(sizeof(ChannelFold))), rows.select(0, 0),
                rows.select(0, 1)};
    run(gamma, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        const FoldedChannels<T> all{moments.mean.const_data_ptr<double>(),
                                    moments.biased.const_data_ptr<double>(),
                                    gamma.const_data_ptr<T>(),
                                    beta.const_data_ptr<T>(),
                                    data_or_null<T>(eta_next),
                                    static_cast<ChannelFold*>(result.channels.mutable_data_ptr()),
                                    result.gain.mutable_data_ptr<T>(),
                                    result.bias.mutable_data_ptr<T>(),
                                    running.mean.mutable_data_ptr<T>(),
                                    running.variance.mutable_data_ptr<T>(),
                                    static_cast<T>(1 - running.momentum),
                                    static_cast<T>(running.momentum),
                                    static_cast<T>(running.unbiased)};
        return kernels.fold_channels(all, channels, stream);
    });
    return result;
}

WeightGradient weight_gradient(const Tensor& gradient, const Tensor& weight, const Tensor& codes, CodeRange range,
                               const Fold& fold, const Tensor& eta, const Tensor& eta_next) {
    const int64_t rows = weight.size(0);
    WeightGradient result{torch::empty_like(weight),
                          torch::empty({rows}, weight.options().dtype(torch::kDouble).requires_grad(false))};
    run(weight, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.weight_gradient(gradient.const_data_ptr<T>(), weight.const_data_ptr<T>(), codes.const_data_ptr(),
                                       result.weight.mutable_data_ptr<T>(), rows, weight.numel() / rows,
                                       channels_of(fold), data_or_null<T>(eta), data_or_null<T>(eta_next),
                                       static_cast<T>(range.highest()), result.products.mutable_data_ptr<double>(),
                                       stream);
    });
    return result;
}

Unfold unfold(const Fold& fold, const Tensor& products, const Tensor& mean_gradient, int64_t pixels, const Tensor& eta,
              const Tensor& eta_next) {
    const Tensor rows = channel_rows(3, fold.gain, fold.gain.scalar_type());
    const Tensor scales = torch::empty({2}, fold.gain.options());
    // An optimizer takes gradients that have memory of their own as they are.
    Unfold result{torch::empty_like(fold.gain),
                  torch::empty_like(fold.gain),
                  rows.select(0, 0),
                  rows.select(0, 1),
                  rows.select(0, 2),
                  scales.select(0, 0),
                  scales.select(0, 1)};
    run(fold.gain, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        const UnfoldedChannels<T> all{channels_of(fold),
                                      products.const_data_ptr<double>(),
                                      mean_gradient.const_data_ptr<double>(),
                                      static_cast<double>(pixels),
                                      data_or_null<T>(eta),
                                      data_or_null<T>(eta_next),
                                      result.gamma.mutable_data_ptr<T>(),
                                      result.beta.mutable_data_ptr<T>(),
                                      result.mean.mutable_data_ptr<T>(),
                                      result.slope.mutable_data_ptr<T>(),
                                      result.offset.mutable_data_ptr<T>(),
                                      scales.mutable_data_ptr<T>()};
        return kernels.unfold_channels(all, fold.gain.numel(), stream);
    });
    return result;
}

}  // namespace f8net::device
