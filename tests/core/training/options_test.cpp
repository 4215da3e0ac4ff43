// SPDX-License-Identifier: Apache-2.0
// Options of a stage: each changes what it should, and nothing else.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/config/experiment_document.h"
#include "core/training/device.h"
#include "core/training/stage.h"
#include "tests/core/training/synthetic_images.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

class StageOptions : public testing::Test {
protected:
    StageOptions() : folder_(fs::temp_directory_path() / ("f8net-options-" + std::to_string(::getpid()))) {
        fs::remove_all(folder_);
        testing_support::write_synthetic_images(folder_, 96, 32, 3);
    }
    ~StageOptions() override { fs::remove_all(folder_); }

    /// The fixed-point stage with further settings.
    StageAtWork stage(const std::vector<Setting>& settings = {}) {
        return StageAtWork(parse_experiment(testing_support::synthetic_experiment(folder_), "synthetic.yaml", settings)
                               .experiment.resolved_stages()
                               .back()
                               .experiment,
                           torch::kCPU, alone_);
    }
    static std::vector<double> losses(StageAtWork& stage, int steps = 2) {
        std::vector<double> seen;
        stage.start_epoch(0, 0);
        for (int i = 0; i < steps; ++i) seen.push_back(loss_of_step(stage));
        return seen;
    }
    static double loss_of_step(StageAtWork& stage) {
        stage.step(0.05);
        return stage.read_results().at(0).loss();
    }
    static TensorMap state(StageAtWork& stage) { return export_state(stage.network()); }
    static bool go_on() { return true; }

    fs::path folder_;
    StopToken stop_;
    Ranks alone_{RankPlace(), stop_};
};

TEST(DeviceOfRank, IsAGpuOfItsOwnWhereNoneIsNamed) {
    const auto name = [](const char* asked, int local_rank, int local_world, int gpus, int world = 4) {
        RankPlace place;
        place.rank = local_rank;
        place.world = world;
        place.local_rank = local_rank;
        place.local_world = local_world;
        return device_of_rank(asked, place, gpus);
    };
    EXPECT_EQ(name("cuda", 2, 4, 4), "cuda:2");
    EXPECT_EQ(name("cuda", 2, 4, 1), "cuda:2");  // which open_device() refuses, with the number of GPUs
    EXPECT_EQ(name("cuda:1", 2, 4, 4), "cuda:1");
    EXPECT_EQ(name("cpu", 2, 4, 4), "cpu");
    EXPECT_EQ(name("auto", 0, 2, 2), "cuda:0");
    EXPECT_EQ(name("auto", 1, 2, 2), "cuda:1");
    for (const int local_rank : {0, 1}) EXPECT_EQ(name("auto", local_rank, 2, 1), "cpu");  // all of them
    EXPECT_EQ(name("auto", 1, 0, 2), "cuda:1");
    EXPECT_EQ(name("cuda", 0, 1, 1, /*world=*/1), "cuda");
    EXPECT_EQ(name("auto", 0, 1, 1, /*world=*/1), "auto");
}

TEST_F(StageOptions, FurtherTopsAreCounted) {
    StageAtWork counted = stage({{"evaluation.topk", "[1, 3, 5, 10]"}});
    const EvaluationResult result = *counted.evaluate(go_on);
    ASSERT_EQ(result.topk.size(), 2U);
    EXPECT_GE(result.topk.at(3), result.top1);
    EXPECT_LE(result.topk.at(3), result.top5);
    EXPECT_EQ(result.topk.at(10), 1);
    EXPECT_TRUE(stage().evaluate(go_on)->topk.empty());
}

TEST_F(StageOptions, MemoryLayoutChangesNoNumber) {
    const std::vector<Setting> exact = {{"training.precision", "float64"}};
    StageAtWork last = stage(exact);
    StageAtWork first = stage({{"training.precision", "float64"}, {"training.channels_last", "false"}});
    const int index = first.graph().weighted_layers().at(3);
    EXPECT_TRUE(first.network().conv(index)->weight.is_contiguous());
    EXPECT_FALSE(last.network().conv(index)->weight.is_contiguous());
    const std::vector<double> a = losses(last), b = losses(first);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-9 * a[i]);
    EXPECT_TRUE(first.network().conv(index)->weight.is_contiguous()) << "an optimizer's step keeps the layout";
}

TEST_F(StageOptions, WithoutResetTheFirstWeightsAreUniformByFanIn) {
    StageAtWork reset = stage(), plain = stage({{"network.reset_parameters", "false"}});
    const int index = plain.graph().weighted_layers().at(1);
    const torch::Tensor weight = plain.network().conv(index)->weight.detach();
    const double bound = 1 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
    EXPECT_LE(weight.abs().max().item<double>(), bound);
    EXPECT_GT(weight.abs().max().item<double>(), 0.9 * bound);
    StageAtWork again = stage({{"network.reset_parameters", "false"}});
    const std::vector<double> seen = losses(plain);
    EXPECT_NE(losses(reset), seen);
    EXPECT_EQ(losses(again), seen) << "from the seed";
}

TEST_F(StageOptions, RecalibrationReplacesRunningStatisticsAndNothingElse) {
    StageAtWork plain = stage(), recalibrated = stage({{"evaluation.recalibrate_batch_norm", "9"}});
    ASSERT_EQ(losses(plain), losses(recalibrated));
    ASSERT_TRUE(plain.recalibrate_batch_norm(0, go_on));
    ASSERT_TRUE(recalibrated.recalibrate_batch_norm(0, go_on));  // more batches than an epoch has
    const TensorMap before = state(plain), after = state(recalibrated);
    int changed = 0;
    for (const auto& [name, tensor] : before.tensors) {
        const bool is_statistic = name.find(".running_") != std::string::npos || name.ends_with("num_batches_tracked");
        EXPECT_TRUE(is_statistic || after.at(name) == tensor) << name;
        changed += !(after.at(name) == tensor);
        EXPECT_TRUE(!name.ends_with("num_batches_tracked") || after.at(name).to_int64().at(0) == 9) << name;
    }
    EXPECT_GT(changed, 40);
    ASSERT_TRUE(recalibrated.recalibrate_batch_norm(0, go_on));
    EXPECT_EQ(state_hash(state(recalibrated)), state_hash(after)) << "the same batches give the same statistics";
    ASSERT_TRUE(recalibrated.recalibrate_batch_norm(1, go_on));
    EXPECT_NE(state_hash(state(recalibrated)), state_hash(after)) << "another epoch has another order";
    EXPECT_FALSE(recalibrated.recalibrate_batch_norm(0, [] { return false; }));
    // Training goes on as if nothing had happened.
    plain.start_epoch(1, 0);
    recalibrated.start_epoch(1, 0);
    EXPECT_EQ(loss_of_step(plain), loss_of_step(recalibrated));
}

TEST_F(StageOptions, CompensationPerChannelSharingAndRescaleChangeTheLoss) {
    // Running lengths that follow each batch at once: the readers of a stream differ from the second step on.
    const Setting follows{"quantization.momentum", "1"};
    StageAtWork published = stage({follows});
    const std::vector<double> usual = losses(published, 4);
    for (const Setting& setting :
         {Setting{"quantization.compensate_streams", "true"}, Setting{"quantization.granularity", "per-channel"},
          Setting{"quantization.rescale_forward_conv", "true"},
          Setting{"quantization.fractional_length_sharing", "shared"}}) {
        StageAtWork changed = stage({follows, setting});
        const std::vector<double> seen = losses(changed, 4);
        for (const double loss : seen) EXPECT_TRUE(std::isfinite(loss)) << setting.key;
        EXPECT_NE(seen, usual) << setting.key;
        EXPECT_TRUE(std::isfinite(changed.evaluate(go_on)->loss)) << setting.key;
    }
    // On a convolution this one divides a deviation by itself.
    StageAtWork identity =
        stage({follows, {"quantization.rescale_forward_conv", "true"}, {"quantization.rescale_type", "stddev"}});
    EXPECT_EQ(losses(identity, 4), usual);
}

}  // namespace
}  // namespace f8net
