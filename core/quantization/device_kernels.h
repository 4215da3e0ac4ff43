// SPDX-License-Identifier: Apache-2.0
/// The quantization's passes on devices that have kernels for them (core/cuda): dense float32 and float64 tensors of a
/// device whose kernels were registered. The CPU has its own in elementwise_kernels.h; what neither serves goes through
/// LibTorch's operators. Lengths: device_lengths.h; channels: device_channels.h.
/// Shapes   as the functions of this folder that call these.   Errors   c10::AcceleratorError where a launch fails.
/// Threads  any; work is queued on the current stream of the tensor's device.
#pragma once

#include <torch/torch.h>

#include "core/cuda/kernels.h"
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

}  // namespace device
}  // namespace f8net
