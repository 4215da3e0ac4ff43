// SPDX-License-Identifier: Apache-2.0
/// Estimates the running statistics of all batch norms anew over batches of the training data, as evaluation will read
/// them: weights and formats stay, each batch counts the same. Deterministic: batches are those of the epoch's order.
/// Source   method.md 6.   Threads  one at a time; the loader has to be started again afterwards.
#pragma once

#include <torch/torch.h>

#include <functional>

#include "core/data/loader.h"
#include "core/modules/network.h"

namespace f8net {

/// The network's own training-mode forward passes over `batches` batches, from the first of `epoch` on; further epochs
/// follow where one has too few. False where keep_going said no on the way: the statistics then hold what was seen.
bool recalibrate_batch_norm(Network& network, NumericMode mode, Loader& loader, int64_t epoch, int batches,
                            const std::function<torch::Tensor(const Batch&)>& to_input,
                            const std::function<bool()>& keep_going);

}  // namespace f8net
