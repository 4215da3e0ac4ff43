// SPDX-License-Identifier: Apache-2.0
/// The weights whose code lies at the edge of its range, where the straight-through gradient does not pass, and the
/// weight gradient of a convolution at these alone. They are few (a format from a deviation leaves 0.15 % of a normal
/// tensor outside), which lets two weight gradients be computed as one and be corrected where they differ.
/// Shapes   codes [out, in, kh, kw] of bytes, channels_last; x [N, in, H, W], gradient [N, out, Ho, Wo],
///          channels_last.   Order  sums in float64 over fixed parts: the number of threads does not matter.
/// Threads  uses LibTorch's worker threads inside.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/quantization/fake_quantize.h"

namespace f8net {

struct ClippedWeight {
    int64_t out, in, row, column;  ///< `in` of x; row and column in the window
    int64_t offset;                ///< in the weight's memory
    double gradient = 0;
};

/// Empty optional where there are more than `most`.
std::optional<std::vector<ClippedWeight>> find_clipped_weights(const torch::Tensor& codes, CodeRange range,
                                                               int64_t most);

/// Fills in: gradient = sum over pixels of gradient(out) * x(in) under the window's row and column.
template <typename T>
void clipped_weight_gradients(std::vector<ClippedWeight>& weights, const torch::Tensor& x,
                              const torch::Tensor& gradient, const Window& window);

}  // namespace f8net
