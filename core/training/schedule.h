// SPDX-License-Identifier: Apache-2.0
/// The learning rate in force at every optimizer step, as a pure function, so that a resumed run cannot differ.
/// Source   method.md 6; tests/golden/schedules.json.   Threads  pure.
#pragma once

#include <cstdint>

#include "core/config/experiment.h"

namespace f8net {

/// The rate of a stage's optimizer steps. Kinds that step per iteration warm up linearly from base * 256 / batch
/// (warm-up and the scaling of the base only where the batch is above 256).
class LearningRateSchedule {
public:
    /// batch_size: images per optimizer step over all ranks. Errors: ConfigError where there are no steps.
    LearningRateSchedule(const ScheduleConfig& schedule, const OptimizerConfig& optimizer, int batch_size, int epochs,
                         int64_t steps_per_epoch);
    /// Rate of optimizer step `step`, counted from 0 in this stage.
    double rate(int64_t step) const;
    double base_rate() const { return base_rate_; }

private:
    double factor(int64_t step) const;

    ScheduleConfig schedule_;
    double base_rate_ = 0;
    double warmup_start_ = 1;  ///< 256 / batch
    int64_t warmup_epochs_ = 0;
    int64_t epochs_ = 0;
    int64_t steps_per_epoch_ = 0;
};

}  // namespace f8net
