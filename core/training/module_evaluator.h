// SPDX-License-Identifier: Apache-2.0
/// The training modules as an evaluator: modes float, float-unclipped, fake-quant and simulated-integer of a
/// checkpoint. Threads  one call at a time.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "core/config/experiment.h"
#include "core/inference/mode_evaluator.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

/// Errors: ConfigError for another mode; DataError, ShapeError where the checkpoint is of another network.
std::unique_ptr<ModeEvaluator> make_module_evaluator(NumericMode mode, const TensorMap& checkpoint,
                                                     const Experiment& experiment, torch::Device device);

}  // namespace f8net
