// SPDX-License-Identifier: Apache-2.0
/// Training forward and backward of a convolution with batch norm as one node of autograd, for 8-bit words on a CPU in
/// channels_last: the formulas of ConvBatchNorm with a backward written by hand, so that little is kept and nothing is
/// walked over twice.
/// Kept     for backward: the codes of input and weight, a byte each, and the first convolution's output; that not
///          either for a 1x1 convolution with many more output than input channels, whose statistics come from those
///          of its input (gram_statistics.h) instead of from its output, nor for a depthwise one, which is cheaper to
///          compute again than to keep (depthwise_kernels.h). The mask of the straight-through gradient is a function
///          of the code.
/// Formula  d We and d b from the second convolution; d gain = d We . W eta / eta_next - d b mean / eta_next, d mean =
///          -d b gain / eta_next, d var = -d gain gain / (2 dev^2); from there through the first convolution's output.
///          Same codes as the composed operations, gradients equal up to the order of sums (float64 inside).
/// Source   method.md 3.2.   Errors  NumericError with the layer's name.   Threads  one forward at a time.
#pragma once

#include <torch/torch.h>

#include "core/architecture/layer_graph.h"
#include "core/modules/layer_quantization.h"

namespace f8net {

struct ConvBatchNormParameters {
    torch::Tensor weight;         ///< rescaled where the experiment says so
    torch::Tensor gamma, beta;    ///< [out]
    torch::Tensor eta, eta_next;  ///< 0-D, or undefined where 1
};

/// Of one training forward. Only y has a gradient.
struct ConvBatchNormStep {
    torch::Tensor y;
    torch::Tensor mean, variance;  ///< [out], biased; of `samples` values each
    int64_t samples = 0;
    torch::Tensor effective_weight;
    FractionalLengths weight_lengths;
};

/// Whether the node can stand in: per-tensor formats of at most 8 bits, dense channels_last floats on a CPU, and a
/// depthwise window that there are kernels for.
bool can_step_as_one(const Layer& layer, const LayerQuantization& quantization, const torch::Tensor& x,
                     const torch::Tensor& weight);

/// x is quantized to `input_length`.
ConvBatchNormStep step_as_one(const Layer& layer, const LayerQuantization& quantization,
                              const ConvBatchNormParameters& parameters, const torch::Tensor& x, int input_length);

}  // namespace f8net
