// SPDX-License-Identifier: Apache-2.0
/// The pixels that a 1x1 window with a stride reads (skips_pixels of convolution.h), as a tensor of their own and back,
/// on a CPU: one pass each way.
/// Shapes   all [N, C, H, W] in channels_last memory; any type.   Threads  uses LibTorch's worker threads inside.
#pragma once

#include <torch/torch.h>

namespace f8net {

/// Every stride-th pixel of every stride-th row.
torch::Tensor gather_pixels(const torch::Tensor& x, int64_t stride);

/// Those pixels where they were in a tensor of `sizes`, zeros between them.
torch::Tensor scatter_pixels(const torch::Tensor& pixels, at::IntArrayRef sizes, int64_t stride);

}  // namespace f8net
