// SPDX-License-Identifier: Apache-2.0
/// The convolution of a LayerGraph's window, for training and for floats that hold integers.
/// Shapes   x [N, in, H, W], w [out, in / groups, kh, kw], bias [out] or undefined.   Threads  pure.
#pragma once

#include <torch/torch.h>

#include "core/architecture/layer_graph.h"

namespace f8net {

/// A 1x1 window with a stride reads every stride-th pixel: those are taken out first and convolved with stride 1, the
/// same products in the same order. oneDNN's own way of doing so writes past its workspace in the weight gradient of
/// channels_last tensors with fewer than 16 channels (oneDNN issue 6035: crashes, or silently wrong gradients).
inline torch::Tensor convolution(const torch::Tensor& x, const torch::Tensor& w, const torch::Tensor& bias,
                                 const Window& window, int groups) {
    if (window.kernel == 1 && window.stride > 1 && window.padding == 0) {
        const torch::Tensor read = x.slice(2, 0, std::nullopt, window.stride).slice(3, 0, std::nullopt, window.stride);
        return at::conv2d(read, w, bias, /*stride=*/at::IntArrayRef{1, 1}, at::IntArrayRef{0, 0}, at::IntArrayRef{1, 1},
                          groups);
    }
    return at::conv2d(x, w, bias, {window.stride, window.stride}, {window.padding, window.padding},
                      at::IntArrayRef{1, 1}, groups);
}

}  // namespace f8net
