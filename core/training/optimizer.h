// SPDX-License-Identifier: Apache-2.0
/// The optimizer of an experiment: what of a network is trained, and how much of it decays.
/// Source   method.md 6; tests/golden/weight_decay.json, trajectory_*.safetensors.   Threads  pure.
#pragma once

#include "core/config/experiment.h"
#include "core/modules/network.h"
#include "core/training/sgd.h"

namespace f8net {

Sgd make_optimizer(const Network& network, const OptimizerConfig& options, NumericMode mode);

}  // namespace f8net
