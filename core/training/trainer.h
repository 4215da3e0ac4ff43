// SPDX-License-Identifier: Apache-2.0
/// Trains the stages of a run one after the other: the loop, its checkpoints and its reports. A state is only ever left
/// behind whole: evaluation, statistics and checkpoint of an epoch become visible together (design.md 6), and going on
/// from any checkpoint gives the bit-identical rest of the run (same threads, same device). Source   method.md 3, 6.
/// Threads  one at a time.
#pragma once

#include <memory>

#include "core/run/torch_backend.h"
#include "core/training/step_options.h"

namespace f8net {

/// Errors   DivergedError: the loss is not finite (step, layer, last good checkpoint); what core/data, core/tensorfile
/// and the device raise.
TrainSummary train(const TrainRequest& request, RunObserver& observer, StopToken& stop,
                   const StepOptions& options = {});

}  // namespace f8net
