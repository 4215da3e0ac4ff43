// SPDX-License-Identifier: Apache-2.0
// What a training step costs in numbers that no clock decides: they may fall, and never creep up. Who lowers one lowers
// its bound; who has to raise one says why. For processors with AVX2: others convolve codes as floats, in more calls.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "core/training/device.h"
#include "core/training/step_benchmark.h"

namespace f8net {
namespace {

Experiment experiment_of(const std::string& architecture, FormatPolicy policy) {
    Experiment experiment;
    experiment.network.architecture = architecture;
    experiment.network.stem = NetworkStem::kImageNet;
    experiment.network.image_size = 64;
    experiment.network.input_channels = 3;
    experiment.network.num_classes = 1000;
    experiment.training.batch_size = 2;
    experiment.quantization.format_policy = policy;
    return experiment;
}

struct Bounds {
    const char* architecture;
    FormatPolicy policy;
    int64_t operators, outer_operators, host_reads;
    double share_of_straightforward_bytes;
};

class StepCounts : public testing::TestWithParam<Bounds> {};

TEST_P(StepCounts, StayWithinTheirBounds) {
    const Bounds& bounds = GetParam();
    const Experiment experiment = experiment_of(bounds.architecture, bounds.policy);
    at::set_num_threads(2);  // with one, LibTorch convolves otherwise
    const ExactCounts counts = count_training_step(experiment);
    EXPECT_LE(counts.step.operators, bounds.operators);
    EXPECT_LE(counts.step.outer_operators, bounds.outer_operators);
    EXPECT_LE(counts.step.host_reads, bounds.host_reads);
    ASSERT_GT(counts.straightforward_saved_bytes, 0);
    EXPECT_LE(static_cast<double>(counts.step.saved_bytes),
              bounds.share_of_straightforward_bytes * static_cast<double>(counts.straightforward_saved_bytes));
    EXPECT_GT(counts.plain.operators, 100);
    EXPECT_GT(counts.step.launches, counts.step.outer_operators / 4);
    EXPECT_LT(counts.step.launches, counts.step.operators / 4 * 3);
    EXPECT_GT(counts.step.peak_bytes, counts.step.saved_bytes);
}

INSTANTIATE_TEST_SUITE_P(Networks, StepCounts,
                         testing::Values(Bounds{"resnet18", FormatPolicy::kStatistics, 595, 345, 1, 0.0678},
                                         Bounds{"resnet18", FormatPolicy::kGridSearch, 631, 381, 1, 0.0678},
                                         Bounds{"mobilenet_v2", FormatPolicy::kStatistics, 1545, 908, 1, 0.0897}),
                         [](const auto& tested) {
                             return std::string(tested.param.architecture) +
                                    (tested.param.policy == FormatPolicy::kGridSearch ? "_grid" : "_statistic");
                         });

}  // namespace
}  // namespace f8net
