// SPDX-License-Identifier: Apache-2.0
/// The convolution of a LayerGraph's window, for training and for floats that hold integers.
/// Shapes   x [N, in, H, W], w [out, in / groups, kh, kw], bias [out] or undefined.   Threads  pure.
#pragma once

#include <torch/torch.h>

#include "core/architecture/layer_graph.h"

namespace f8net {

/// Depthwise in float64 on a CPU: one product of the whole tensor per tap of the window. LibTorch would go channel by
/// channel through a matrix of windows, twenty times slower.
inline torch::Tensor depthwise_by_taps(const torch::Tensor& x, const torch::Tensor& w, const torch::Tensor& bias,
                                       const Window& window) {
    const auto [kernel, stride, padding] = window;
    const torch::Tensor padded = torch::constant_pad_nd(x, {padding, padding, padding, padding}, 0);
    const int64_t height = (padded.size(2) - kernel) / stride + 1, width = (padded.size(3) - kernel) / stride + 1;
    torch::Tensor y;
    for (int64_t row = 0; row < kernel; ++row) {
        for (int64_t column = 0; column < kernel; ++column) {
            const torch::Tensor read = padded.slice(2, row, row + (height - 1) * stride + 1, stride)
                                           .slice(3, column, column + (width - 1) * stride + 1, stride);
            const torch::Tensor product = read * w.select(3, column).select(2, row).view({1, -1, 1, 1});
            y = y.defined() ? y.add_(product) : product;
        }
    }
    return bias.defined() ? y.add_(bias.view({1, -1, 1, 1})) : y;
}

/// A 1x1 window with a stride reads every stride-th pixel: those are taken out first and convolved with stride 1, the
/// same products in the same order. oneDNN's own way of doing so writes past its workspace in the weight gradient of
/// channels_last tensors with fewer than 16 channels (oneDNN issue 6035: crashes, or silently wrong gradients).
inline bool skips_pixels(const Window& window) {
    return window.kernel == 1 && window.stride > 1 && window.padding == 0;
}
/// A view.
inline torch::Tensor pixels_read(const torch::Tensor& x, const Window& window) {
    if (!skips_pixels(window)) return x;
    return x.slice(2, 0, std::nullopt, window.stride).slice(3, 0, std::nullopt, window.stride);
}
inline Window window_of_pixels_read(const Window& window) {
    return skips_pixels(window) ? Window{1, 1, 0} : window;
}

inline torch::Tensor convolution(const torch::Tensor& x, const torch::Tensor& w, const torch::Tensor& bias,
                                 const Window& window_in, int groups) {
    if (groups > 1 && w.size(0) == groups && x.scalar_type() == torch::kDouble && x.device().is_cpu()) {
        return depthwise_by_taps(x, w, bias, window_in);
    }
    const Window window = window_of_pixels_read(window_in);
    return at::convolution(pixels_read(x, window_in), w, bias, {window.stride, window.stride},
                           {window.padding, window.padding}, {1, 1}, /*transposed=*/false, {0, 0}, groups);
}

/// Of a convolution over the pixels read; undefined where not asked for.
struct ConvolutionGradients {
    torch::Tensor input, weight;
};
inline ConvolutionGradients convolution_gradients(const torch::Tensor& gradient, const torch::Tensor& x,
                                                  const torch::Tensor& w, const Window& window, int groups, bool input,
                                                  bool weight) {
    auto [d_input, d_weight, unused] = at::convolution_backward(
        gradient, x, w, at::OptionalIntArrayRef(), {window.stride, window.stride}, {window.padding, window.padding},
        at::IntArrayRef{1, 1}, /*transposed=*/false, at::IntArrayRef{0, 0}, groups, {input, weight, false});
    return {std::move(d_input), std::move(d_weight)};
}

}  // namespace f8net
