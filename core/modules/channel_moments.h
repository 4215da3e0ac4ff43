// SPDX-License-Identifier: Apache-2.0
/// Batch norm's statistics with gradient, in one pass each way: mean and biased variance per channel of a convolution's
/// output. Formula  d y = d_mean / M + d_var * 2 (y - mean) / M, M = N * H * W: affine in y, so nothing but y itself is
/// kept. Shapes   y [N, C, H, W] -> two [C].   Source  method.md 3.2.   Threads  autograd's rules.
#pragma once

#include <torch/torch.h>

#include <utility>

namespace f8net {

std::pair<torch::Tensor, torch::Tensor> batch_moments(const torch::Tensor& y);

}  // namespace f8net
