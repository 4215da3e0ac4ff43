// SPDX-License-Identifier: Apache-2.0
/// conv_batch_norm_step.h on a device with kernels: the same node of autograd with every number that is not a tensor's
/// shape in the device's memory: statistics, gain and bias per channel, fractional lengths, scales. The host queues a
/// step without waiting, so it can be captured as a graph.
/// Kept     for backward: the codes of input and weight, a byte each, the first convolution's output or what its
///          statistics follow from (gram_statistics.h), and per channel 40 bytes.
/// Formula  as there (core/fixedpoint/channel_fold.h is common), but for two weight gradients instead of one merged
///          gradient: which weights are clipped only the device knows.
/// Errors   what is not finite is noted (FiniteWatch), not thrown.   Threads  one forward at a time.
#pragma once

#include <torch/torch.h>

#include "core/modules/conv_batch_norm_step.h"
#include "core/quantization/device_channels.h"

namespace f8net {

/// Per-tensor formats of at most 8 bits, dense channels_last floats on a device with kernels where the running lengths
/// are, too.
bool can_step_on_device(const Layer& layer, const LayerQuantization& quantization, const torch::Tensor& x,
                        const torch::Tensor& weight);

/// Only y has a gradient. `running` is updated.
struct DeviceStep {
    torch::Tensor y;
    torch::Tensor effective_weight;
    LayerQuantization::Weight quantized_weight;
};
DeviceStep step_on_device(const Layer& layer, const LayerQuantization& quantization,
                          const ConvBatchNormParameters& parameters, const torch::Tensor& x,
                          const ActivationQuantizer::Result& quantized, torch::Tensor& running_mean,
                          torch::Tensor& running_variance, double momentum);

}  // namespace f8net
