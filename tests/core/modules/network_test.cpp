// SPDX-License-Identifier: Apache-2.0
#include "core/modules/network.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/error.h"
#include "core/modules/plain_network.h"
#include "tests/core/modules/golden.h"

namespace f8net {
namespace {

using golden::expect_close;
using torch::Tensor;

LayerGraph small_graph(const std::string& architecture, bool normalized = false) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 28;
    options.input_channels = 1;
    options.num_classes = 10;
    options.normalized_input = normalized;
    return make_layer_graph(options);
}

class NetworkOf : public testing::TestWithParam<std::string> {};

TEST_P(NetworkOf, TrainsInFloat64AndBothLayoutsGiveTheSameGradients) {
    const LayerGraph graph = small_graph(GetParam());
    torch::manual_seed(3);
    const Tensor x = (torch::rand({4, 1, 28, 28}, torch::kDouble) * 255).round() / 255;
    const Tensor labels = torch::tensor({1, 2, 3, 4});
    for (const NumericMode mode : {NumericMode::kFloat, NumericMode::kFloatUnclipped, NumericMode::kFakeQuant}) {
        std::vector<std::vector<Tensor>> gradients;
        double losses[2] = {};
        for (const bool channels_last : {false, true}) {
            Network network(graph, QuantizationConfig());
            network.initialize(7);
            network.to(torch::kCPU, torch::kDouble);
            const Tensor logits =
                network.forward(channels_last ? x.contiguous(at::MemoryFormat::ChannelsLast) : x, mode);
            ASSERT_EQ(logits.sizes(), (std::vector<int64_t>{4, 10}));
            const Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
            loss.backward();
            losses[channels_last] = loss.item<double>();
            gradients.emplace_back();
            for (const NamedParameter& parameter : network.parameters(mode)) {
                ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name << " in mode " << to_string(mode);
                gradients.back().push_back(parameter.tensor.grad());
            }
        }
        EXPECT_NEAR(losses[0], losses[1], 1e-9);
        for (size_t i = 0; i < gradients[0].size(); ++i) {
            EXPECT_LE((gradients[0][i] - gradients[1][i]).abs().max().item<double>(),
                      1e-8 * (1 + gradients[0][i].abs().max().item<double>()));
        }
    }
}

TEST_P(NetworkOf, EvaluatesInEveryModeOfTheTrainingModules) {
    for (const bool normalized : {false, true}) {
        for (const bool quantize_average_pool : {false, true}) {
            QuantizationConfig settings;
            settings.quantize_average_pool = quantize_average_pool;
            Network network(small_graph(GetParam(), normalized), settings);
            network.initialize(7);
            torch::manual_seed(5);
            const Tensor x =
                normalized ? torch::randn({3, 1, 28, 28}) : (torch::rand({3, 1, 28, 28}) * 255).round() / 255;
            network.forward(x, NumericMode::kFakeQuant);  // settles formats
            network.train(false);
            torch::NoGradGuard no_grad;
            for (const NumericMode mode : {NumericMode::kFloat, NumericMode::kFloatUnclipped, NumericMode::kFakeQuant,
                                           NumericMode::kSimulatedInteger}) {
                const Tensor logits = network.forward(x, mode);
                ASSERT_EQ(logits.sizes(), (std::vector<int64_t>{3, 10})) << to_string(mode);
                EXPECT_TRUE(logits.isfinite().all().item<bool>()) << to_string(mode);
            }
            EXPECT_THROW(network.forward(x, NumericMode::kIntegerOnly), ConfigError);
        }
    }
}

TEST_P(NetworkOf, StateRoundTripsBitForBit) {
    Network network(small_graph(GetParam()), QuantizationConfig());
    network.initialize(11);
    torch::manual_seed(5);
    network.forward(torch::rand({4, 1, 28, 28}), NumericMode::kFakeQuant);
    const TensorMap state = export_state(network);
    Network other(small_graph(GetParam()), QuantizationConfig());
    other.initialize(12);
    EXPECT_NE(state_hash(export_state(other)), state_hash(state));
    import_state(other, state, StatePolicy::kStrict);
    EXPECT_EQ(state_hash(export_state(other)), state_hash(state));

    TensorMap broken = state;
    broken.tensors.erase("classifier.0.weight");
    EXPECT_THROW(import_state(other, broken, StatePolicy::kStrict), DataError);
    EXPECT_EQ(import_state(other, broken, StatePolicy::kTolerant).missing,
              std::vector<std::string>{"classifier.0.weight"});
    broken = state;
    broken.set("classifier.0.weight", HostTensor(DType::kF32, {10, 3}));
    EXPECT_THROW(import_state(other, broken, StatePolicy::kStrict), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Networks, NetworkOf, testing::Values("resnet18", "mobilenet_v1", "mobilenet_v2"));

TEST(Network, BottleneckResNetWithImageNetStemTrains) {
    ArchitectureOptions options;
    options.architecture = "resnet50";
    options.width_multiplier = 0.125;
    options.image_size = 64;
    options.num_classes = 5;
    Network network(make_layer_graph(options), QuantizationConfig());
    network.initialize(1);
    torch::manual_seed(2);
    network.forward(torch::rand({2, 3, 64, 64}), NumericMode::kFakeQuant).sum().backward();
    for (const NamedParameter& parameter : network.parameters(NumericMode::kFakeQuant)) {
        EXPECT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
    }
}

TEST(Network, NameOfTheLayerIsInTheErrorWhereAWeightIsNotFinite) {
    Network network(small_graph("resnet18"), QuantizationConfig());
    network.initialize(1);
    const int index = network.graph().weighted_layers().at(2);
    torch::NoGradGuard no_grad;
    network.conv(index)->weight.fill_(std::nan(""));
    try {
        network.forward(torch::rand({2, 1, 28, 28}), NumericMode::kFakeQuant);
        FAIL() << "no error";
    } catch (const NumericError& error) {
        EXPECT_NE(std::string(error.what()).find(network.graph().layers[static_cast<size_t>(index)].name),
                  std::string::npos)
            << error.what();
    }
}

/// Effective and raw weight of one layer.
class FoldObserver final : public LayerObserver {
public:
    explicit FoldObserver(std::string name) : name_(std::move(name)) {}
    void on_layer(const LayerView& view) override {
        if (view.layer.name != name_) return;
        effective = view.effective_weight.detach().contiguous();
        raw = view.raw_weight.detach().contiguous();
        eta = static_cast<float>(view.clip_scale);
    }
    Tensor effective, raw;
    float eta = 0;

private:
    std::string name_;
};

TEST(Network, TrainingFoldsWithTheIeeeSquareRootAndTheWrittenOrder) {
    QuantizationConfig settings;
    settings.format_policy = FormatPolicy::kFixed;  // eta does not move
    Network network(small_graph("resnet18"), settings);
    network.initialize(1);
    const int index = network.graph().weighted_layers().at(1);
    const Layer& layer = network.graph().layers[static_cast<size_t>(index)];
    ConvBatchNorm& conv = *network.conv(index);
    // Running buffers that take the batch's statistics over as they are show them: momentum 1.
    conv.batch_norm_momentum = 1.0;
    torch::manual_seed(3);
    int64_t checked = 0;
    for (int round = 0; round < 20; ++round) {
        torch::NoGradGuard no_grad;
        FoldObserver observer(layer.name);
        const int64_t n = 2;  // samples per channel: 2 x 28 x 28
        network.forward(torch::rand({n, 1, 28, 28}), NumericMode::kFakeQuant, &observer);
        const float eta_next =
            static_cast<float>(network.quantization(layer.consumer).input_scale_value(NumericMode::kFakeQuant));
        const double unbiased = n * 784.0 / (n * 784.0 - 1);
        for (int64_t channel = 0; channel < layer.out_channels; ++channel) {
            // The buffer holds the float product variance * unbiased; find the variance it came from.
            const float stored = conv.running_var[channel].item<float>();
            float variance = static_cast<float>(stored / unbiased);
            for (int step = -2; step <= 2; ++step) {
                float candidate = variance;
                for (int i = 0; i < std::abs(step); ++i) candidate = std::nextafter(candidate, step < 0 ? 0.0f : 1e30f);
                if (candidate * static_cast<float>(unbiased) == stored) {
                    variance = candidate;
                    break;
                }
            }
            const float gain = conv.gamma[channel].item<float>() / std::sqrt(variance + 1e-5f);
            // Two neighbours may give the same product: only an exact inverse decides.
            const float below = std::nextafter(variance, 0.0f), above = std::nextafter(variance, 1e30f);
            const auto same = [&](float other) {
                return other * static_cast<float>(unbiased) == stored &&
                       std::sqrt(other + 1e-5f) != std::sqrt(variance + 1e-5f);
            };
            if (same(below) || same(above)) continue;
            const float raw =
                observer.raw.flatten()[channel * (observer.raw.numel() / layer.out_channels)].item<float>();
            const float expected = ((gain * raw) * observer.eta) / eta_next;
            EXPECT_EQ(observer.effective.flatten()[channel * (observer.raw.numel() / layer.out_channels)].item<float>(),
                      expected)
                << "round " << round << ", channel " << channel;
            ++checked;
        }
    }
    EXPECT_GT(checked, 80) << "seed 3";
}

TEST(Network, PoolFactorKeepsTheLogitsOfARealMean) {
    // 28 pixels end in a 4 x 4 plane; 24 in 3 x 3, where the sum over 8 is 9/8 of the mean.
    ArchitectureOptions options;
    options.architecture = "resnet18";
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 24;
    options.input_channels = 1;
    options.num_classes = 10;
    torch::manual_seed(9);
    const Tensor x = torch::rand({4, 1, 24, 24});
    std::vector<Tensor> logits;
    for (const bool quantize_average_pool : {false, true}) {
        for (const bool is_training : {true, false}) {
            QuantizationConfig settings;
            settings.quantize_average_pool = quantize_average_pool;
            Network network(make_layer_graph(options), settings);
            network.initialize(4);
            network.train(is_training);
            torch::NoGradGuard no_grad;
            network.linear(network.graph().weighted_layers().back())->bias.fill_(0.5);
            logits.push_back(network.forward(x, NumericMode::kFloatUnclipped));
        }
    }
    expect_close(logits[2], logits[0], 1e-4, "training");
    // Evaluation gives logits up to a positive factor, the same for the bias: compare directions.
    const Tensor a = logits[1].flatten() / logits[1].norm(), b = logits[3].flatten() / logits[3].norm();
    expect_close(a, b, 1e-4, "evaluation");
}

TEST(PlainNetwork, HasAGradientForEveryParameter) {
    for (const char* architecture : {"resnet18", "mobilenet_v2"}) {
        PlainNetwork network(small_graph(architecture), 1);
        network.forward(torch::rand({2, 1, 28, 28}).contiguous(at::MemoryFormat::ChannelsLast)).sum().backward();
        for (const Tensor& parameter : network.parameters()) EXPECT_TRUE(parameter.grad().defined());
    }
}

}  // namespace
}  // namespace f8net
