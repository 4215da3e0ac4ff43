// SPDX-License-Identifier: Apache-2.0
// What of a training step exists on a GPU alone: batches that travel through a stream of their own, the learning rate
// and the decision to skip as values there.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "core/config/experiment_document.h"
#include "core/cuda/driver.h"
#include "core/training/batch_feeder.h"
#include "core/training/device.h"
#include "core/training/sgd.h"
#include "core/training/step_results.h"
#include "core/training/training_data.h"
#include "tests/core/training/synthetic_images.h"

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

}  // namespace
}  // namespace f8net
