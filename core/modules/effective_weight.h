// SPDX-License-Identifier: Apache-2.0
/// The weight of a convolution with its scales, in one sweep over it each way.
/// Formula  ((gain * W) * eta) / eta_next, in this order of operations: codes depend on it. With c = gain * eta /
/// eta_next and s = sum of dL * W per output channel: d W = c * dL, d gain = s * eta / eta_next, d eta = sum of gain *
/// s / eta_next, d eta_next = -sum of gain * s * eta / eta_next^2; sums in float64, in an order that does not depend
/// on threads.
/// Shapes   weight [out, in / groups, kh, kw]; gain [out] or undefined; scales as LayerQuantization shapes them, or
/// undefined where 1.   Source  method.md 3.2.   Threads  autograd's rules.
#pragma once

#include <torch/torch.h>

namespace f8net {

torch::Tensor effective_weight(const torch::Tensor& weight, const torch::Tensor& gain, const torch::Tensor& eta,
                               const torch::Tensor& eta_next);

}  // namespace f8net
