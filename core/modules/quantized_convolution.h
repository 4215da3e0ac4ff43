// SPDX-License-Identifier: Apache-2.0
/// The convolution of codes with weight codes as real numbers, on the integer engine's kernels: training's second
/// convolution on a CPU, at the speed of 8-bit multiplications.
/// Formula  y = sum * scale + bias of the channel: the sum exact, then one rounding each.
/// Shapes   codes [N, in, H, W], bytes of one sign as code_kernels.h makes them; weight_codes [out, in / groups, kh,
/// kw]
///          of int8; both channels_last, and so is y, float32.
/// Threads  uses LibTorch's worker threads inside; one call at a time on each calling thread.
#pragma once

#include <torch/torch.h>

#include "core/architecture/layer_graph.h"

namespace f8net {

/// bias [out] float32. Undefined where the engine has no kernel for it (core/inference/engine/code_convolution.h).
torch::Tensor convolve_codes(const torch::Tensor& codes, bool is_signed, const torch::Tensor& weight_codes,
                             const Window& window, int groups, double scale, const torch::Tensor& bias);

}  // namespace f8net
