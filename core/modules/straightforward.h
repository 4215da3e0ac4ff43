// SPDX-License-Identifier: Apache-2.0
/// The training forward as the method reads: one tensor operation after another, every gradient autograd's own. What
/// the rewrites of conv_batch_norm_step.h and linear_step.h are compared with: an independent derivation for tests, and
/// the memory that they save.
/// Formats  as evaluation has them (rounded running lengths); no running value is updated.
/// Shapes   as Network::forward in kFakeQuant.   Source  method.md 3.2, 3.5 to 3.7.   Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include "core/modules/network.h"

namespace f8net {

torch::Tensor straightforward_forward(Network& network, const torch::Tensor& x);

}  // namespace f8net
