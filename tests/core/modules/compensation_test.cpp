// SPDX-License-Identifier: Apache-2.0
// quantization.compensate_streams: additions bring their stream to the scale of what is added to it, alike in training,
// evaluation and all integer modes.
#include <gtest/gtest.h>

#include <random>

#include "core/inference/executor.h"
#include "core/lowering/lowering.h"
#include "core/modules/integer_float.h"
#include "core/modules/network.h"
#include "core/modules/network_state.h"
#include "tests/core/inference/recorded_trace.h"

namespace f8net {
namespace {

using torch::Tensor;

LayerGraph small_graph(const std::string& architecture, int image_size = 16) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = image_size;
    options.input_channels = 1;
    options.num_classes = 10;
    return make_layer_graph(options);
}

Tensor random_pixels(int64_t images, int64_t size, torch::ScalarType type) {
    return (torch::rand({images, 1, size, size}, type) * 255).round() / 255;
}

/// The layer in whose unit the output of layer `index` is, and that reads a residual stream.
std::vector<int> stream_units(const LayerGraph& graph) {
    std::vector<int> units;
    for (const Layer& layer : graph.layers) {
        if (layer.kind != LayerKind::kAdd) continue;
        const int of_stream = graph.unit_of(layer.inputs[1]);
        if (of_stream != graph.unit_of(layer.inputs[0])) units.push_back(of_stream);
    }
    return units;
}

TEST(CompensatedStreams, TheReadersLengthsNoLongerChangeWhatIsComputed) {
    // With clipping a code stands for alpha * code / (2^WL - 1) whatever the length is: only the stream's unit moves.
    for (const std::string name : {"resnet18", "mobilenet_v2"}) {
        double change[2] = {};
        for (const bool compensate : {false, true}) {
            QuantizationConfig settings;
            settings.format_policy = FormatPolicy::kFixed;
            settings.weight_format = {30, 24};  // no weight is rounded visibly
            settings.compensate_streams = compensate;
            Network network(small_graph(name), settings);
            network.initialize(3);
            torch::manual_seed(4);
            torch::NoGradGuard no_grad;
            const Tensor x = random_pixels(4, 16, torch::kFloat);
            for (int i = 0; i < 20; ++i) network.forward(x, NumericMode::kFakeQuant);
            network.train(false);
            const Tensor before = network.forward(x, NumericMode::kFakeQuant);
            const std::vector<int> units = stream_units(network.graph());
            ASSERT_GE(units.size(), 4U);
            for (size_t i = 0; i < units.size(); ++i) {
                network.stored_running_lengths(units[i]).set({4.0 - static_cast<double>(i % 3)}, "test");
            }
            const Tensor after = network.forward(x, NumericMode::kFakeQuant);
            change[compensate] = ((after - before).norm() / before.norm()).item<double>();
        }
        // Nothing at all in resnet18; in mobilenet_v2 weights so small that even this format rounds them move a few
        // codes.
        EXPECT_GT(change[false], 0.5) << name;
        EXPECT_LT(change[true], 0.03 * change[false]) << name;
    }
}

TEST(CompensatedStreams, GradientsAreSlopes) {
    // Without rounding the loss is smooth. The classifier's level makes the last stream's factor 4 (3.5 is nearest to
    // it).
    QuantizationConfig settings;
    settings.compensate_streams = true;
    settings.rescale_forward = false;  // a constant for autograd, not for the slope
    Network network(small_graph("resnet18", 8), settings);
    network.initialize(5);
    network.to(torch::kCPU, torch::kDouble);
    torch::manual_seed(6);
    const Tensor x = random_pixels(4, 8, torch::kDouble), labels = torch::tensor({1, 2, 3, 4});
    {
        torch::NoGradGuard no_grad;
        network.stored_clip_level(network.graph().weighted_layers().back()).alpha.fill_(2.3);
    }
    const auto loss = [&] {
        return torch::nn::functional::cross_entropy(network.forward(x, NumericMode::kFloat), labels);
    };
    const Tensor start = loss();
    start.backward();
    settings.compensate_streams = false;
    Network published(small_graph("resnet18", 8), settings);
    import_state(published, export_state(network), StatePolicy::kStrict);
    published.to(torch::kCPU, torch::kDouble);
    EXPECT_NE(torch::nn::functional::cross_entropy(published.forward(x, NumericMode::kFloat), labels).item<double>(),
              start.item<double>())
        << "nothing was compensated";
    std::mt19937 random(7);
    int checked = 0;
    for (const NamedParameter& parameter : network.parameters(NumericMode::kFloat)) {
        if (!parameter.tensor.grad().defined()) continue;
        torch::NoGradGuard no_grad;
        Tensor value = parameter.tensor;
        const int64_t element = static_cast<int64_t>(random() % static_cast<unsigned>(value.numel()));
        Tensor at = value.dim() == 0 ? value.view({1}) : value.as_strided({value.numel()}, {1});
        const double slope = (value.dim() == 0 ? parameter.tensor.grad().view({1})
                                               : parameter.tensor.grad().as_strided({value.numel()}, {1}))[element]
                                 .item<double>();
        constexpr double kStep = 1e-5;
        const double original = at[element].item<double>();
        at[element].fill_(original + kStep);
        const double above = loss().item<double>();
        at[element].fill_(original - kStep);
        const double below = loss().item<double>();
        at[element].fill_(original);
        EXPECT_NEAR((above - below) / (2 * kStep), slope, 1e-6 + 1e-4 * std::abs(slope)) << parameter.name;
        ++checked;
    }
    EXPECT_GT(checked, 60) << "seed 7";
}

class Recorder final : public LayerObserver {
public:
    void on_codes(const Layer& layer, const Tensor& seen) override { codes[layer.name] = rows(seen); }
    void on_accumulators(const Layer& layer, const Tensor& seen, int) override { sums[layer.name] = rows(seen); }
    std::map<std::string, std::vector<int32_t>> codes, sums;

private:
    static std::vector<int32_t> rows(const Tensor& x) {
        const Tensor dense = (x.dim() == 4 ? x.permute({0, 2, 3, 1}) : x).to(torch::kInt).contiguous();
        return {dense.const_data_ptr<int32_t>(), dense.const_data_ptr<int32_t>() + dense.numel()};
    }
};

TEST(CompensatedStreams, AllIntegerModesAgreeInEveryCode) {
    constexpr unsigned kSeed = 8;
    std::mt19937 random(kSeed);
    for (const std::string name : {"resnet18", "resnet50", "mobilenet_v2"}) {
        for (const auto sharing : {FractionalLengthSharing::kPrivate, FractionalLengthSharing::kShared}) {
            const std::string what = name + (sharing == FractionalLengthSharing::kShared ? ", shared lengths" : "");
            QuantizationConfig settings;
            settings.compensate_streams = true;
            settings.fractional_length_sharing = sharing;
            Network network(small_graph(name), settings);
            network.initialize(9);
            torch::manual_seed(10);
            const Tensor images = torch::randint(256, {2, 1, 16, 16}).to(torch::kByte);
            const Tensor pixels = images.to(torch::kFloat) / 255;
            torch::NoGradGuard no_grad;
            for (int i = 0; i < 3; ++i) network.forward(pixels, NumericMode::kFakeQuant);
            for (const int index : network.graph().weighted_layers()) {
                network.stored_clip_level(index).alpha.fill_(std::uniform_real_distribution<>(1, 12)(random));
                network.stored_running_lengths(index).set({std::uniform_real_distribution<>(2, 7)(random)}, "test");
            }
            network.train(false);
            Recorder simulated;
            network.forward_integer(pixels, &simulated);
            LoweringOptions options;
            options.compensate_streams = true;
            options.share_fractional_lengths = sharing == FractionalLengthSharing::kShared;
            const IntegerNetwork lowered = lower(export_state(network), network.graph(), options);
            int shifted = 0;
            for (const IntegerNode& node : lowered.nodes) shifted += node.stream_shift != 0;
            // With shared lengths only the classifier's private level differs.
            EXPECT_GE(shifted, sharing == FractionalLengthSharing::kPrivate ? 3 : 0) << what << ", seed " << kSeed;
            const Tensor rows = images.permute({0, 2, 3, 1}).contiguous();
            const std::span<const uint8_t> bytes(rows.const_data_ptr<uint8_t>(), static_cast<size_t>(rows.numel()));
            RecordedTrace scalar, floats;
            const Logits logits = make_executor(lowered, "scalar", 1)->run(bytes, 2, &scalar);
            EXPECT_EQ(IntegerFloatExecutor(lowered, torch::kCPU).run(bytes, 2, &floats).integers, logits.integers);
            ASSERT_EQ(simulated.sums.size(), scalar.accumulators.size());
            for (const auto& [layer, sums] : simulated.sums) {
                EXPECT_TRUE(sums == scalar.accumulators[layer].values) << what << ", sums of " << layer;
                EXPECT_TRUE(sums == floats.accumulators[layer].values) << what << ", sums in floats of " << layer;
            }
            for (const auto& [layer, codes] : simulated.codes) {
                EXPECT_TRUE(codes == scalar.codes[layer].values) << what << ", codes of " << layer;
            }
            // The float-valued mode computes the same additions: with rounded biases nothing is left to differ.
            QuantizationConfig rounded = settings;
            rounded.quantize_bias = true;
            Network fake(network.graph(), rounded);
            import_state(fake, export_state(network), StatePolicy::kStrict);
            fake.train(false);
            const Tensor real = fake.forward(pixels, NumericMode::kFakeQuant).flatten().to(torch::kDouble);
            for (int64_t i = 0; i < real.numel(); ++i) {
                const double integer = std::ldexp(static_cast<double>(logits.integers[static_cast<size_t>(i)]),
                                                  -lowered.output().fractional_length);
                EXPECT_NEAR(real[i].item<double>(), integer, 1e-5 * std::max(1.0, std::abs(integer))) << what;
            }
        }
    }
}

}  // namespace
}  // namespace f8net
