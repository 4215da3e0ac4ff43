// SPDX-License-Identifier: Apache-2.0
/// Batch statistics of a 1x1 convolution without computing it: they follow from the mean and the covariance of what it
/// reads.
/// Formula  y = W x for each of M pixels, m = mean of x, C = mean of x x^T - m m^T:  mean y_c = W_c m, var y_c = W_c C
///          W_c^T. With g, h the gradients of mean and variance:  d W_c = g_c m + 2 h_c W_c C;  d x = B (x - m) + W^T g
///          / M, B = 2 / M sum of h_c W_c^T W_c.
/// Exact    x are codes of at most 8 bits over a power of two: float32 sums of so few products that none is rounded,
/// then
///          float64. What is left differs from the sums over y by their order and their float32 rounding.
/// Shapes   rows [M, in], weight [out, in], g, h [out]; all results float64, where rows are: on a CPU, or on a device
///          with kernels, which nothing waits for.
/// Source   method.md 3.2, step 2.   Threads  pure.
#pragma once

#include <torch/torch.h>

#include "core/architecture/layer_graph.h"

namespace f8net {

/// Whether they follow from the input of a layer that reads so many pixels for clearly less work than the convolution
/// is: Gram matrix, and what follows from it (in float64, so twice as dear).
bool are_statistics_cheaper_from_input(const Layer& layer, int64_t pixels);

/// Channels_last memory [N, C, H, W] as rows [N * H * W, C].
inline torch::Tensor as_rows(const torch::Tensor& x) {
    return x.permute({0, 2, 3, 1}).view({-1, x.size(1)});
}

struct InputMoments {
    torch::Tensor mean;        ///< [in]
    torch::Tensor covariance;  ///< [in, in]
    int64_t samples = 0;       ///< M
};
/// rows: contiguous, float32 or float64, codes of at most 8 bits times a power of two.
InputMoments input_moments(const torch::Tensor& rows, bool is_signed);

struct OutputMoments {
    torch::Tensor mean, variance;  ///< [out]; biased
};
OutputMoments output_moments(const InputMoments& input, const torch::Tensor& weight);

struct MomentsGradient {
    torch::Tensor weight;  ///< [out, in]
    torch::Tensor slope;   ///< B, [in, in]
    torch::Tensor offset;  ///< [in]; d x = B x + offset
};
MomentsGradient output_moments_gradient(const InputMoments& input, const torch::Tensor& weight,
                                        const torch::Tensor& mean_gradient, const torch::Tensor& variance_gradient);

}  // namespace f8net
