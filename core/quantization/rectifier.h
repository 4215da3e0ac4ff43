// SPDX-License-Identifier: Apache-2.0
/// ReLU for training: with the addition before it in one pass, and with the max pool behind it. The values and
/// gradients of LibTorch's operators; for backward a bit an element is kept, or a byte a window, or nothing.
/// Shapes   x, a, b: any, dense, float32 or float64, on a CPU or a device with kernels; of pools [N, C, H, W] in
///          channels_last. What is not goes through LibTorch's operators.
/// Source   core/fixedpoint/rectifier.h.   Threads  autograd's rules.
#pragma once

#include <torch/torch.h>

namespace f8net {

/// Who sets the gradient to zero where ReLU gives 0.
enum class ReluMask {
    kOwn,     ///< a bit an element, kept
    kReaders  ///< all that read the result do: unsigned quantizers, which pass none where the code is 0 (method.md 1)
};

/// relu(a + b), or relu(a) where b is undefined. `in_place`: into a, which nobody else reads.
torch::Tensor relu_of_sum(const torch::Tensor& a, const torch::Tensor& b, ReluMask mask, bool in_place);

/// max_pool2d(relu(x)) with a square window.
torch::Tensor max_pool_of_relu(const torch::Tensor& x, int64_t kernel, int64_t stride, int64_t padding);

}  // namespace f8net
