// SPDX-License-Identifier: Apache-2.0
// Steps that are captured as a graph ask the host nothing, on a device whose copies to the host are counted.
#include <memory>

#include "core/run/experiment_mapping.h"
#include "core/training/graphed_step.h"
#include "core/training/optimizer.h"
#include "core/training/step_results.h"
#include "core/training/training_data.h"
#include "tests/core/cuda/kernels_under_test.h"

namespace f8net {
namespace {

using torch::Tensor;

Experiment small_experiment() {
    Experiment experiment;
    experiment.network.architecture = "resnet18";
    experiment.network.stem = NetworkStem::kSmall;
    experiment.network.image_size = 16;
    experiment.network.input_channels = 3;
    experiment.network.num_classes = 10;
    experiment.network.width_multiplier = 0.125;
    return experiment;
}

class CapturedStep : public KernelsUnderTest {
protected:
    /// Copies to the host in a step that was taken before.
    int64_t copies_of_a_step(const Experiment& experiment) {
        int64_t copies = -1;
        const Tensor images = torch::randint(256, {4, 16, 16, 3}, torch::kByte);
        on_device(
            [&](const Tensor& pixels) {
                const torch::Device device = pixels.device();
                const NumericMode mode = experiment.quantization.mode;
                Network network(layer_graph_of(experiment), experiment.quantization);
                network.initialize(7);
                network.set_channels_last(experiment.training.channels_last);
                network.to(device, torch::kFloat);
                Sgd optimizer = make_optimizer(network, experiment.optimizer, mode);
                StepResults results(device, 1);
                const PixelsToInput to_input({}, device, torch::kFloat);
                const Tensor labels = torch::arange(4).to(device);
                optimizer.set_learning_rate(0.01);
                for (int step = 0; step < 2; ++step) {
                    const int64_t before = copies_to_host();
                    optimizer.zero_grad();
                    results.begin_step();
                    const Tensor input = to_input(pixels);
                    const Tensor logits =
                        network.forward(experiment.training.channels_last ? input : input.contiguous(), mode);
                    const Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
                    results.add(loss, logits, labels);
                    optimizer.add_gradients_of(loss);
                    optimizer.step(results.skip());
                    copies = copies_to_host() - before;
                }
                network.check_finite();
                return pixels;
            },
            images);
        return copies;
    }
    void expect_no_question(const Experiment& experiment, const std::string& what) {
        ASSERT_EQ(why_not_captured(experiment), "") << what;
        EXPECT_EQ(copies_of_a_step(experiment), 0) << what;
    }
};

TEST_F(CapturedStep, AsksTheHostNothing) {
    for (const FormatPolicy policy : {FormatPolicy::kStatistics, FormatPolicy::kGridSearch, FormatPolicy::kFixed}) {
        for (const bool clipping : {true, false}) {
            Experiment experiment = small_experiment();
            experiment.quantization.format_policy = policy;
            experiment.quantization.clipping = clipping;
            experiment.quantization.rescale_forward_conv = clipping;
            expect_no_question(experiment, to_string(policy) + (clipping ? ", clipping" : ""));
        }
    }
    Experiment experiment = small_experiment();
    experiment.training.channels_last = false;
    expect_no_question(experiment, "channels first");
    experiment = small_experiment();
    experiment.quantization.quantize_average_pool = false;
    expect_no_question(experiment, "mean");
    experiment = small_experiment();
    experiment.quantization.mode = NumericMode::kFloatUnclipped;
    expect_no_question(experiment, "float-unclipped");
    experiment = small_experiment();
    experiment.network.architecture = "mobilenet_v2";
    expect_no_question(experiment, "mobilenet_v2");
}

}  // namespace
}  // namespace f8net
