// SPDX-License-Identifier: Apache-2.0
// What of a training step exists on a GPU alone: batches that travel through a stream of their own, the learning rate
// and the decision to skip as values there, steps that are replayed as a graph.
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "core/config/experiment_document.h"
#include "core/cuda/driver.h"
#include "core/training/batch_feeder.h"
#include "core/training/device.h"
#include "core/training/graphed_step.h"
#include "core/training/sgd.h"
#include "core/training/step_results.h"
#include "core/training/trainer.h"
#include "core/training/training_data.h"
#include "tests/core/training/synthetic_training.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

class GpuSteps : public testing::Test {
protected:
    void SetUp() override {
        const std::string reason = why_no_gpu(read_driver_facts());
        if (!reason.empty()) GTEST_SKIP() << reason;
        device_ = open_device("cuda");
    }
    torch::Device device_ = torch::kCPU;
};

TEST_F(GpuSteps, BatchesArriveAsTheyWere) {
    const fs::path folder = fs::temp_directory_path() / ("f8net-gpu-feeder-" + std::to_string(::getpid()));
    testing_support::write_synthetic_images(folder, 96, 32, 3);
    const Experiment experiment =
        parse_experiment(testing_support::synthetic_experiment(folder), "synthetic.yaml").experiment;
    TrainingData expected(experiment), fed(experiment);
    BatchFeeder feeder(fed.loader(), device_);
    const torch::Tensor work = torch::rand({2000, 2000}, device_);
    for (int64_t epoch = 0; epoch < 3; ++epoch) {
        expected.loader().start(epoch);
        feeder.start(epoch);
        while (const std::optional<Batch> batch = expected.loader().next()) {
            const std::optional<DeviceBatch> given = feeder.next();
            ASSERT_TRUE(given);
            const torch::Tensor pixels = given->pixels.clone(), labels = given->labels.clone();
            for (int i = 0; i < 20; ++i) (void)work.matmul(work);  // so that the next copy overtakes
            feeder.fetch_ahead();
            EXPECT_TRUE(torch::equal(pixels.cpu(), pixels_of(*batch)));
            EXPECT_TRUE(torch::equal(labels.cpu(), torch::tensor(batch->labels)));
        }
        EXPECT_FALSE(feeder.next());
    }
    fs::remove_all(folder);
}

TEST_F(GpuSteps, TheRateAndTheSkipAreValuesOfTheDevice) {
    const torch::Tensor start = torch::rand({33, 7}), pull = torch::rand({33, 7});
    torch::Tensor here = start.clone().requires_grad_(), there = start.to(device_).requires_grad_();
    Sgd host({{"w", here, 1e-4}}, 0.9, true), device({{"w", there, 1e-4}}, 0.9, true);
    StepResults results(device_, 16);
    const torch::Tensor logits = torch::rand({4, 3}, device_), labels = torch::zeros({4}, torch::kInt64).to(device_);
    const auto take_step = [&](double rate, double loss) {
        for (auto* sgd : {&host, &device}) {
            sgd->zero_grad();
            sgd->set_learning_rate(rate);
        }
        (here - pull).square().sum().backward();
        (there - pull.to(device_)).square().sum().backward();
        results.begin_step();
        results.add(torch::scalar_tensor(loss).to(device_), logits, labels);
        device.step(results.skip());
        results.keep(4);
    };
    for (const double rate : {0.1, 0.05, 0.025}) {
        take_step(rate, 1);
        host.step();
        EXPECT_TRUE(torch::allclose(there.detach().cpu(), here.detach(), 1e-6, 1e-7)) << rate;
    }
    const torch::Tensor before = there.detach().clone();
    take_step(0.1, std::numeric_limits<double>::quiet_NaN());
    take_step(0.1, 1);
    EXPECT_TRUE(torch::equal(there.detach(), before));
    const std::vector<StepResult> read = results.read();
    ASSERT_EQ(read.size(), 5U);
    EXPECT_EQ(read[2].loss_sum, 4);
    EXPECT_TRUE(std::isnan(read[3].loss_sum));
}

using Losses = testing_support::LossRecorder;

/// Training as a whole, with the convolutions' sums in one order.
class GpuTraining : public GpuSteps {
protected:
    void SetUp() override {
        GpuSteps::SetUp();
        if (IsSkipped()) return;
        training_ = std::make_unique<testing_support::SyntheticTraining>("gpu-training");
        at::globalContext().setDeterministicCuDNN(true);
    }
    void TearDown() override { at::globalContext().setDeterministicCuDNN(false); }
    /// Six steps an epoch, the last of 8 images instead of 16; one epoch of floats, two in fixed point.
    TrainRequest request(const std::string& run, const std::vector<Setting>& more) const {
        std::vector<Setting> settings = {
            {"training.device", "cuda"}, {"training.images_per_epoch", "88"}, {"training.drop_last", "false"}};
        settings.insert(settings.end(), more.begin(), more.end());
        return training_->request(run, settings);
    }
    Losses trained(const std::string& run, const std::vector<Setting>& settings) const {
        Losses observer;
        StopToken stop;
        train(request(run, settings), observer, stop);
        return observer;
    }
    /// Other sums may be added in another order; codes follow them.
    static void expect_alike(const std::map<int64_t, double>& actual, const std::map<int64_t, double>& expected) {
        ASSERT_EQ(actual.size(), expected.size());
        for (const auto& [step, loss] : expected) EXPECT_NEAR(actual.at(step), loss, 2e-2 * loss) << "step " << step;
        RecordProperty("same_bits", actual == expected ? "yes" : "no");
    }

    std::unique_ptr<testing_support::SyntheticTraining> training_;
};

TEST_F(GpuTraining, ReplayedAsAGraphHasTheLossesOfQueuedSteps) {
    for (const std::string policy : {"statistics", "grid-search", "fixed"}) {
        SCOPED_TRACE(policy);
        const Setting formats{"quantization.format_policy", policy},
            unclipped{"stages.float.quantization.mode", "float-unclipped"};
        const Losses replayed = trained("replayed-" + policy, {formats, unclipped});
        EXPECT_THAT(replayed.graph_events,
                    testing::ElementsAre("info: from step 4 on, steps are replayed as a CUDA graph",
                                         "info: from step 10 on, steps are replayed as a CUDA graph"));
        const Losses queued = trained("queued-" + policy, {formats, unclipped, {"training.cuda_graph", "false"}});
        EXPECT_THAT(queued.graph_events, testing::Each(testing::HasSubstr("training.cuda_graph is false")));
        expect_alike(replayed.losses, queued.losses);
    }
}

TEST_F(GpuTraining, AGraphGoesOnAfterAStop) {
    const Losses whole = trained("whole", {});
    for (const int64_t at : {8, 12, 14}) {
        SCOPED_TRACE("stopped after step " + std::to_string(at));
        StopToken stop;
        Losses first(&stop, at);
        TrainRequest made = request("stopped-" + std::to_string(at), {});
        const TrainSummary stopped = train(made, first, stop);
        ASSERT_TRUE(stopped.stopped);
        made.resume_checkpoint = stopped.last_checkpoint;
        StopToken never;
        Losses second;
        train(made, second, never);
        second.losses.merge(first.losses);
        expect_alike(second.losses, whole.losses);
    }
}

/// Sums of pixels, by way of four times their bytes.
struct PixelSum {
    explicit PixelSum(torch::Device device)
        : sum(torch::zeros({}, torch::TensorOptions(torch::kDouble).device(device))) {}
    void add(const torch::Tensor& pixels) { sum.add_((pixels.to(torch::kFloat) * 2).sum(torch::kDouble)); }
    torch::Tensor sum;
};

class GpuGraphFailures : public GpuSteps {
protected:
    void SetUp() override {
        GpuSteps::SetUp();
        if (IsSkipped()) return;
        ArchitectureOptions options;
        options.architecture = "resnet18";
        network_ = std::make_unique<Network>(make_layer_graph(options), QuantizationConfig());  // counts batches
    }
    torch::Tensor labels() const { return torch::zeros({1}, torch::TensorOptions(torch::kLong).device(device_)); }

    std::unique_ptr<Network> network_;
};

TEST_F(GpuGraphFailures, AWaitWhileCapturingLeavesStepsQueuedAndTheDeviceWell) {
    const torch::Tensor pixels = torch::ones({1, 8, 8, 3}, torch::TensorOptions(torch::kByte).device(device_));
    PixelSum total(device_);
    int calls = 0;
    GraphedStep waits(open_gpu_graph(device_), *network_, 1, [&](const torch::Tensor& x, const torch::Tensor&) {
        total.add(x);
        if (++calls == StepGraph::kWarmUp + 1) (void)total.sum.item<double>();
    });
    for (int i = 0; i < 8; ++i) waits.run(pixels, labels());
    EXPECT_FALSE(waits.is_captured());
    EXPECT_NE(waits.failure(), "");
    EXPECT_EQ(total.sum.item<double>(), 8 * 2 * 192);
    // Memory that another stream has read comes back: more than any GPU has goes through.
    const c10::impl::VirtualGuardImpl guard(device_.type());
    const c10::Stream other = guard.getStreamFromGlobalPool(device_);
    constexpr int64_t kGibibyte = int64_t{1} << 30;
    for (int i = 0; i < 400; ++i)
        torch::empty({kGibibyte}, torch::TensorOptions(torch::kByte).device(device_)).record_stream(other);
    // And what can be captured still is.
    PixelSum again(device_);
    GraphedStep works(open_gpu_graph(device_), *network_, 1,
                      [&](const torch::Tensor& x, const torch::Tensor&) { again.add(x); });
    for (int i = 0; i < 8; ++i) works.run(pixels, labels());
    EXPECT_TRUE(works.is_captured()) << works.failure();
    EXPECT_EQ(again.sum.item<double>(), 8 * 2 * 192);
}

TEST_F(GpuGraphFailures, TooLittleMemoryForTheGraphLeavesStepsQueued) {
    constexpr int64_t kSide = 4096;  // 48 MB of pixels, 192 MB of floats
    const torch::Tensor pixels = torch::ones({1, kSide, kSide, 3}, torch::TensorOptions(torch::kByte).device(device_));
    PixelSum total(device_);
    std::vector<torch::Tensor> taken;
    int calls = 0;
    GraphedStep step(open_gpu_graph(device_), *network_, 1, [&](const torch::Tensor& x, const torch::Tensor&) {
        if (++calls == StepGraph::kWarmUp + 2) taken.clear();
        total.add(x);
    });
    for (int i = 0; i < StepGraph::kWarmUp; ++i) step.run(pixels, labels());
    EXPECT_THROW(
        while (true) taken.push_back(torch::empty({64 << 20}, torch::TensorOptions(torch::kByte).device(device_))),
        c10::OutOfMemoryError);
    for (int i = 0; i < 3; ++i) step.run(pixels, labels());
    EXPECT_FALSE(step.is_captured());
    EXPECT_THAT(step.failure(), testing::HasSubstr("out of memory"));
    EXPECT_EQ(total.sum.item<double>(), 6.0 * 2 * 3 * kSide * kSide);
}

}  // namespace
}  // namespace f8net
