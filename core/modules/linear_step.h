// SPDX-License-Identifier: Apache-2.0
/// Training forward and backward of the classifier as one node of autograd, for 8-bit words on a CPU: the formulas of
/// QuantizedLinear, the product of the codes by the integer engine's kernels.
/// Kept     for backward: the codes of input and weight, a byte each; the mask of the straight-through gradient is a
///          function of the code.
/// Formula  y = (xq @ Wq^T) * (eta * ws) + bias, where Wq quantizes pool_scale * weight; ws has no gradient.
/// Shapes   x [N, in], or more dimensions that are flattened to it, weight [out, in], row-major; y [N, out].
/// Source   method.md 3.5, 3.6, 3.7.   Errors  NumericError with the layer's name.   Threads  one forward at a time.
#pragma once

#include <torch/torch.h>

#include <functional>

#include "core/modules/layer_quantization.h"

namespace f8net {

struct LinearParameters {
    torch::Tensor weight, bias;
    torch::Tensor eta;  ///< 0-D, or undefined where 1
    double pool_scale = 1;
};

/// Of one training forward. Only y has a gradient.
struct LinearStep {
    torch::Tensor y;
    torch::Tensor effective_weight;
    FractionalLengths weight_lengths;
};

/// ws (0-D, or undefined where 1) from the quantized weight.
using WeightRescale = std::function<torch::Tensor(const torch::Tensor& quantized)>;

/// Whether the node can stand in: per-tensor formats of at most 8 bits, dense floats on a CPU.
bool can_step_as_one(const LayerQuantization& quantization, const torch::Tensor& x, const torch::Tensor& weight);

/// x is quantized to `input_length`.
LinearStep step_as_one(const LayerQuantization& quantization, const LinearParameters& parameters,
                       const WeightRescale& rescale, const torch::Tensor& x, int input_length);

}  // namespace f8net
