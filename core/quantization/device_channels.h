// SPDX-License-Identifier: Apache-2.0
/// The passes of a layer's training step over channels and rows of weights on a device with kernels; nothing waits for
/// the device.
/// Shapes   y: [N, C, H, W], channels_last; per channel: [C]; scales eta, eta_next: 0-D on the device, undefined is 1.
/// Errors   c10::AcceleratorError where a launch fails.   Threads  any; work is queued on the current stream.
#pragma once

#include <torch/torch.h>

#include "core/quantization/fake_quantize.h"

namespace f8net::device {

/// Mean and biased variance of y's channels, float64.
struct ChannelMoments {
    torch::Tensor mean, biased;
};
ChannelMoments channel_moments(const torch::Tensor& y);
/// (y - mean) * slope + offset per channel, into y itself where `in_place`.
torch::Tensor channel_affine(const torch::Tensor& y, const torch::Tensor& mean, const torch::Tensor& slope,
                             const torch::Tensor& offset, bool in_place = false);
/// y + offset per channel, into y itself.
void add_to_channels(torch::Tensor& y, const torch::Tensor& offset);

/// ((gain * W) * eta) / eta_next, in this order; gain [out], undefined is 1.
torch::Tensor scale_rows(const torch::Tensor& weight, const torch::Tensor& gain, const torch::Tensor& eta,
                         const torch::Tensor& eta_next);

/// Batch norm's running statistics, updated by fold().
struct RunningStatistics {
    torch::Tensor mean, variance;
    double momentum;
    double unbiased;  ///< biased to unbiased variance
};
struct Fold {
    torch::Tensor channels;    ///< ChannelFold (core/fixedpoint/channel_fold.h) of each, as bytes
    torch::Tensor gain, bias;  ///< [C], in the network's type
};
Fold fold(const ChannelMoments& moments, const torch::Tensor& gamma, const torch::Tensor& beta,
          const torch::Tensor& eta_next, RunningStatistics& running);

/// Of weights [out, ...], rows in memory: where the code is inside, the gradient of Wq times gain * eta / eta_next; and
/// per row, float64, the sum of that gradient of Wq times the weight.
struct WeightGradient {
    torch::Tensor weight, products;
};
WeightGradient weight_gradient(const torch::Tensor& gradient, const torch::Tensor& weight, const torch::Tensor& codes,
                               CodeRange range, const Fold& fold, const torch::Tensor& eta,
                               const torch::Tensor& eta_next);

struct Unfold {
    torch::Tensor gamma, beta;          ///< gradients
    torch::Tensor mean, slope, offset;  ///< of the first convolution's output
    torch::Tensor eta, eta_next;        ///< gradients, 0-D
};
/// mean_gradient: of d y over the pixels of each channel, as channel_moments() gives it.
Unfold unfold(const Fold& fold, const torch::Tensor& products, const torch::Tensor& mean_gradient, int64_t pixels,
              const torch::Tensor& eta, const torch::Tensor& eta_next);

}  // namespace f8net::device
