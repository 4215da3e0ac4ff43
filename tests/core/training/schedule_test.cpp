// SPDX-License-Identifier: Apache-2.0
#include "core/training/schedule.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {
namespace {

const std::map<std::string, ScheduleKind> kKinds{
    {"constant", ScheduleKind::kConstant},
    {"multistep", ScheduleKind::kMultistep},
    {"multistep_iter", ScheduleKind::kMultistepIter},
    {"exp_decaying", ScheduleKind::kExpDecaying},
    {"exp_decaying_iter", ScheduleKind::kExpDecayingIter},
    {"linear_decaying", ScheduleKind::kLinearDecaying},
    {"cos_annealing", ScheduleKind::kCosAnnealing},
    {"cos_annealing_iter", ScheduleKind::kCosAnnealingIter},
};

TEST(LearningRateSchedule, EqualsEveryRecordedRateOfThePublishedProgram) {
    const auto golden =
        nlohmann::json::parse(read_text_file(std::string(F8NET_SOURCE_DIR) + "/tests/golden/schedules.json"));
    int64_t compared = 0;
    for (const auto& run : golden.at("schedules")) {
        ScheduleConfig schedule;
        schedule.kind = kKinds.at(run.at("lr_scheduler"));
        schedule.warmup_epochs = run.at("warmup_epochs");
        if (run.contains("multistep_lr_milestones")) {
            schedule.milestones = run["multistep_lr_milestones"].get<std::vector<int64_t>>();
        }
        schedule.gamma = run.value("multistep_lr_gamma", run.value("exp_decaying_lr_gamma", schedule.gamma));
        schedule.period = run.value("exp_decaying_period", 1);
        OptimizerConfig optimizer;
        optimizer.lr = run.at("configured_lr");
        const int64_t steps = run.at("iterations_per_epoch");
        const LearningRateSchedule rates(schedule, optimizer, run.at("batch_size"), run.at("num_epochs"), steps);
        EXPECT_DOUBLE_EQ(rates.base_rate(), run.at("base_lr").get<double>());
        const auto recorded = run.at("lr_per_iteration").get<std::vector<double>>();
        for (size_t step = 0; step < recorded.size(); ++step, ++compared) {
            // Recorded after rounding to 12 decimals.
            ASSERT_NEAR(rates.rate(static_cast<int64_t>(step)), recorded[step], 1e-11)
                << run.at("lr_scheduler") << " batch " << run.at("batch_size") << " step " << step;
        }
    }
    EXPECT_GT(compared, 1500);
}

TEST(LearningRateSchedule, OfARateThatIsNotScaledWithTheBatchNeedsNoWarmUp) {
    ScheduleConfig schedule;
    schedule.kind = ScheduleKind::kCosAnnealingIter;
    schedule.warmup_epochs = 2;
    OptimizerConfig optimizer;
    optimizer.lr = 0.1;
    optimizer.scale_lr_with_batch = false;
    const LearningRateSchedule rates(schedule, optimizer, 1024, 4, 10);
    EXPECT_EQ(rates.base_rate(), 0.1);
    for (int64_t step = 0; step <= 20; ++step) EXPECT_EQ(rates.rate(step), 0.1) << step;
    EXPECT_NEAR(rates.rate(30), 0.05, 1e-12);
}

TEST(LearningRateSchedule, OfAStageThatIsAllWarmUpStaysAtItsEnd) {
    for (const ScheduleKind kind : {ScheduleKind::kCosAnnealingIter, ScheduleKind::kExpDecayingIter}) {
        ScheduleConfig schedule;
        schedule.kind = kind;
        schedule.warmup_epochs = 2;
        OptimizerConfig optimizer;
        optimizer.lr = 0.1;
        const LearningRateSchedule rates(schedule, optimizer, 512, 2, 10);
        EXPECT_DOUBLE_EQ(rates.rate(0), 0.1);
        EXPECT_DOUBLE_EQ(rates.rate(10), 0.15);
        EXPECT_DOUBLE_EQ(rates.rate(20), 0.2);
    }
}

TEST(LearningRateSchedule, RefusesAnEpochWithoutAStep) {
    EXPECT_THROW(LearningRateSchedule({}, {}, 64, 1, 0), ConfigError);
}

}  // namespace
}  // namespace f8net
