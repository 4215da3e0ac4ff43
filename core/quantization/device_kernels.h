// SPDX-License-Identifier: Apache-2.0
/// The quantization's passes on devices that have kernels for them (core/cuda): dense float32 and float64 tensors of a
/// device whose kernels were registered. The CPU has its own in elementwise_kernels.h; what neither serves goes through
/// LibTorch's operators.
/// Shapes   as the functions of this folder that call these.   Errors   c10::AcceleratorError where a launch fails.
/// Threads  any; work is queued on the current stream of the tensor's device.
#pragma once

#include <torch/torch.h>

#include <utility>

#include "core/cuda/kernels.h"
#include "core/fixedpoint/format_choice.h"
#include "core/quantization/fake_quantize.h"

namespace f8net {

/// From now on tensors on devices of this type use these kernels; null: none. They have to stay.
void register_kernels(torch::DeviceType type, const GpuKernels* kernels);
const GpuKernels* registered_kernels(torch::DeviceType type);

/// Whether kernels serve x: its device has some, and x is float32 or float64.
bool has_device_kernels(const torch::Tensor& x);

namespace device {

/// Q(x), or its clamp alone where it does not round. Words of at most kLongestGridWord bits.
torch::Tensor quantize(const torch::Tensor& x, CodeRange range, int fractional_length, bool rounds);
/// grad where the code of q passes, else 0.
torch::Tensor pass_inside(const torch::Tensor& grad, const torch::Tensor& q, CodeRange range, int fractional_length);

/// The choice by a statistic (words of 8 bits) or by grid search (at most kLengthsPerPass lengths), brought to the host
/// in one transfer.
LengthChoice choose_by_statistic(const torch::Tensor& x, CodeRange range, Statistic statistic);
LengthChoice choose_by_errors(const torch::Tensor& x, CodeRange range);

/// The choice (grid search, or else by the statistic) and Q(x) with it, which is queued before the host has read what
/// was chosen.
std::pair<torch::Tensor, LengthChoice> choose_and_quantize(const torch::Tensor& x, CodeRange range, bool is_grid_search,
                                                           Statistic statistic);

/// Mean and biased variance of y's channels; y: [N, C, H, W], channels_last.
struct ChannelMoments {
    torch::Tensor mean, biased;
};
ChannelMoments channel_moments(const torch::Tensor& y);
/// (y - mean) * slope + offset per channel, in one pass.
torch::Tensor channel_affine(const torch::Tensor& y, const torch::Tensor& mean, const torch::Tensor& slope,
                             const torch::Tensor& offset);

/// ((gain * W) * eta) / eta_next, in this order; gain [out], the others 0-D, on W's device; undefined is 1.
torch::Tensor scale_rows(const torch::Tensor& weight, const torch::Tensor& gain, const torch::Tensor& eta,
                         const torch::Tensor& eta_next);

}  // namespace device
}  // namespace f8net
