// SPDX-License-Identifier: Apache-2.0
#include "core/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr int kReferenceBatch = 256;

double half_cosine(double x) {
    return 0.5 * (1 + std::cos(std::numbers::pi * x));
}

}  // namespace

LearningRateSchedule::LearningRateSchedule(const ScheduleConfig& schedule, const OptimizerConfig& optimizer,
                                           int batch_size, int epochs, int64_t steps_per_epoch)
    : schedule_(schedule), base_rate_(optimizer.lr), epochs_(epochs), steps_per_epoch_(steps_per_epoch) {
    if (steps_per_epoch < 1) {
        throw ConfigError("training.batch_size is " + std::to_string(batch_size) +
                          ", more than the images of an epoch: no step would be made");
    }
    if (batch_size > kReferenceBatch) {
        warmup_epochs_ = schedule.warmup_epochs;
        if (optimizer.scale_lr_with_batch) {
            base_rate_ *= static_cast<double>(batch_size) / kReferenceBatch;
            warmup_start_ = static_cast<double>(kReferenceBatch) / batch_size;
        }
    }
}

double LearningRateSchedule::rate(int64_t step) const {
    return base_rate_ * factor(step);
}

double LearningRateSchedule::factor(int64_t step) const {
    const int64_t epoch = step / steps_per_epoch_;
    const int64_t warmup = warmup_epochs_ * steps_per_epoch_;
    const int64_t total = epochs_ * steps_per_epoch_;
    const bool per_iteration = schedule_.kind == ScheduleKind::kMultistepIter ||
                               schedule_.kind == ScheduleKind::kExpDecayingIter ||
                               schedule_.kind == ScheduleKind::kCosAnnealingIter;
    if (per_iteration && step < warmup) {
        return warmup_start_ + (1 - warmup_start_) * static_cast<double>(step) / static_cast<double>(warmup);
    }
    // Share of what follows the warm-up; a stage that is all warm-up stays at its end.
    const double share = static_cast<double>(step - warmup) / static_cast<double>(std::max<int64_t>(total - warmup, 1));
    switch (schedule_.kind) {
        case ScheduleKind::kConstant:
            return 1;
        case ScheduleKind::kMultistep:
        case ScheduleKind::kMultistepIter: {
            const auto passed = std::count_if(schedule_.milestones.begin(), schedule_.milestones.end(),
                                              [epoch](int64_t milestone) { return milestone <= epoch; });
            return std::pow(schedule_.gamma, static_cast<double>(passed));
        }
        case ScheduleKind::kExpDecaying:
            return std::pow(schedule_.gamma, static_cast<double>(epoch / std::max(schedule_.period, 1)));
        case ScheduleKind::kExpDecayingIter:
            return std::exp(-8 * share);
        // The published one starts above 1 by the warm-up's share and does not end at 0 (golden/schedules.json).
        case ScheduleKind::kLinearDecaying:
            return 1 - static_cast<double>(step + 1 - warmup) / static_cast<double>(total);
        case ScheduleKind::kCosAnnealing:
            return half_cosine(static_cast<double>(epoch - warmup_epochs_) /
                               static_cast<double>(std::max<int64_t>(epochs_ - warmup_epochs_, 1)));
        case ScheduleKind::kCosAnnealingIter:
            return half_cosine(share);
    }
    return 1;
}

}  // namespace f8net
