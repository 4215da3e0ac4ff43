// SPDX-License-Identifier: Apache-2.0
// Whole training steps captured on a GPU and replayed, against the same steps queued one by one.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/architecture/layer_graph.h"
#include "core/cuda/driver.h"
#include "core/modules/network.h"
#include "core/modules/network_state.h"
#include "core/training/device.h"
#include "core/training/optimizer.h"
#include "core/training/step_graph.h"

namespace f8net {
namespace {

using torch::Tensor;

/// A network in training on a GPU in float64, its batch and its loss in tensors that stay where they are.
struct Stepper {
    explicit Stepper(torch::Device device)
        : network(small_graph(), QuantizationConfig()),
          pixels(torch::zeros({32, 3, 32, 32}, torch::TensorOptions(torch::kDouble).device(device))
                     .contiguous(at::MemoryFormat::ChannelsLast)),
          labels(torch::zeros({32}, torch::TensorOptions(torch::kLong).device(device))),
          loss(torch::zeros({}, torch::TensorOptions(torch::kDouble).device(device))) {
        network.initialize(7);
        network.set_channels_last(true);
        network.to(device, torch::kDouble);
        optimizer = std::make_unique<Sgd>(make_optimizer(network, OptimizerConfig(), NumericMode::kFakeQuant));
        optimizer->set_learning_rate(1e-3);
    }
    static LayerGraph small_graph() {
        ArchitectureOptions options;
        options.architecture = "resnet18";
        options.width_multiplier = 0.25;
        options.stem = Stem::kSmall;
        options.image_size = 32;
        options.num_classes = 10;
        return make_layer_graph(options);
    }
    void load(int step) {
        torch::manual_seed(static_cast<uint64_t>(step));
        pixels.copy_(torch::rand({32, 3, 32, 32}));
        labels.copy_(torch::randint(10, {32}));
    }
    void step() {
        optimizer->zero_grad();
        const Tensor of_batch =
            torch::nn::functional::cross_entropy(network.forward(pixels, NumericMode::kFakeQuant), labels);
        of_batch.backward();
        loss.copy_(of_batch.detach());
        optimizer->step();
    }

    Network network;
    std::unique_ptr<Sgd> optimizer;
    Tensor pixels, labels, loss;
};

TEST(StepGraphOnGpu, ReplaysTheStepsThatItCaptured) {
    const std::string reason = why_no_gpu(read_driver_facts());
    if (!reason.empty()) GTEST_SKIP() << reason;
    const torch::Device device = open_device("cuda");
    constexpr int kSteps = 10;
    Stepper eager(device), captured(device);
    StepGraph graph(device, [&] { captured.step(); });
    for (int step = 0; step < kSteps; ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        eager.load(step);
        eager.step();
        captured.load(step);
        if (graph.run() == StepGraph::Ran::kReplayed) count_replayed_batch(captured.network);
        // In float64: sums may be added in another order from call to call, and codes of float32 would follow.
        const double expected = eager.loss.item<double>();
        EXPECT_NEAR(captured.loss.item<double>(), expected, 1e-7 * expected);
    }
    captured.network.check_finite();
    const TensorMap state = export_state(captured.network);
    const std::string counter = captured.network.graph().layers[1].name + ".bn.num_batches_tracked";
    ASSERT_TRUE(state.contains(counter)) << counter;
    EXPECT_EQ(state.at(counter).to_int64().at(0), kSteps);
}

}  // namespace
}  // namespace f8net
