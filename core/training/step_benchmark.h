// SPDX-License-Identifier: Apache-2.0
/// Measures a training step of an experiment beside a plain float step of the same LayerGraph: the same batches, the
/// same optimizer, interleaved rounds in one process, so that what else the machine does hits both.
/// Errors   as opening the data, and LibTorch's own.   Threads  one at a time.
#pragma once

#include "core/config/experiment.h"
#include "core/run/train_benchmark.h"

namespace f8net {

TrainBenchmark measure_training(const Experiment& experiment, const TrainBenchmarkOptions& options);

/// The counts alone, of one step on random pixels: no clock.
struct ExactCounts {
    StepCounts step, plain;
    int64_t straightforward_saved_bytes = 0;
};
ExactCounts count_training_step(const Experiment& experiment);

}  // namespace f8net
