// SPDX-License-Identifier: Apache-2.0
// A training step whose statistics, lengths and scales stay on the device, against the CPU's: the same codes, gradients
// up to the order of sums, and no number that the host waits for.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <map>

#include "core/architecture/layer_graph.h"
#include "core/base/error.h"
#include "core/modules/network.h"
#include "core/modules/network_state.h"
#include "core/modules/straightforward.h"
#include "core/training/step_recorder.h"
#include "tests/core/cuda/kernels_under_test.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using torch::Tensor;

LayerGraph narrow(const std::string& architecture) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.25;
    options.stem = Stem::kSmall;
    options.image_size = 16;
    options.num_classes = 10;
    return make_layer_graph(options);
}

QuantizationConfig fixed_formats() {
    QuantizationConfig settings;
    settings.format_policy = FormatPolicy::kFixed;  // nothing moves between two forward passes
    settings.input_format = {8, 5};
    settings.weight_format = {8, 6};
    return settings;
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance, const std::string& what) {
    const double largest = expected.abs().max().item<double>();
    EXPECT_LE((actual.cpu() - expected).abs().max().item<double>(), tolerance * largest + 1e-14) << what;
}

class DeviceStep : public KernelsUnderTest {
protected:
    /// What some steps leave behind.
    struct Trained {
        std::vector<Tensor> logits;
        std::map<std::string, Tensor> gradients;  // of the last step
        TensorMap state;
        std::string node;  // of autograd, that the first layer's output comes from
    };

    Tensor images() {
        torch::manual_seed(8);
        return ((torch::rand({4, 3, 16, 16}) * 255).round() / 255)
            .to(torch::kDouble)
            .contiguous(at::MemoryFormat::ChannelsLast);
    }
    static Tensor labels() { return torch::arange(4); }

    /// So many steps of float64 on x's device.
    static Trained train(const LayerGraph& graph, const QuantizationConfig& settings, const Tensor& x, int steps) {
        Network network(graph, settings);
        network.initialize(7);
        network.to(x.device(), torch::kDouble);
        Trained result;
        for (int step = 0; step < steps; ++step) {
            network.zero_grad();
            const Tensor logits = network.forward(x, NumericMode::kFakeQuant);
            torch::nn::functional::cross_entropy(logits, labels().to(x.device())).backward();
            result.logits.push_back(logits.detach().cpu());
            const torch::NoGradGuard no_grad;
            for (NamedParameter& parameter : network.parameters(NumericMode::kFakeQuant)) {
                result.gradients[parameter.name] = parameter.tensor.grad().cpu();
                parameter.tensor.sub_(parameter.tensor.grad(), 0.02);
            }
        }
        network.check_finite();
        result.state = export_state(network);
        ConvBatchNorm& first = *network.conv(network.graph().weighted_layers().front());
        result.node = first.forward(x, NumericMode::kFakeQuant, true, nullptr).grad_fn()->name();
        return result;
    }
};

class StepOf : public DeviceStep, public testing::WithParamInterface<std::tuple<const char*, FormatPolicy, bool>> {};

TEST_P(StepOf, LeavesBehindWhatTheCpusDoes) {
    const auto& [architecture, policy, clipping] = GetParam();
    const LayerGraph graph = narrow(architecture);
    QuantizationConfig settings;
    settings.format_policy = policy;
    settings.clipping = clipping;
    settings.rescale_forward = true;
    const Tensor x = images();
    Trained actual;
    on_device(
        [&](const Tensor& there) {
            actual = train(graph, settings, there, 2);
            return there;
        },
        x);
    const Trained expected = train(graph, settings, x, 2);
    EXPECT_THAT(actual.node, HasSubstr("DeviceStepNode"));
    for (size_t step = 0; step < expected.logits.size(); ++step)
        expect_close(actual.logits[step], expected.logits[step], 1e-9, "logits of step " + std::to_string(step));
    ASSERT_EQ(actual.gradients.size(), expected.gradients.size());
    for (const auto& [name, gradient] : expected.gradients) {
        // A layer's own level cancels in the batch norm but for its epsilon.
        expect_close(actual.gradients.at(name), gradient, name.ends_with(".alpha") ? 1e-5 : 1e-7, name);
    }
    for (const auto& [name, tensor] : expected.state.tensors)
        expect_close(from_host(actual.state.at(name)).to(torch::kDouble), from_host(tensor).to(torch::kDouble), 1e-8,
                     name);
}

INSTANTIATE_TEST_SUITE_P(Networks, StepOf,
                         testing::Values(std::tuple{"resnet18", FormatPolicy::kStatistics, true},
                                         std::tuple{"resnet50", FormatPolicy::kGridSearch, false},
                                         std::tuple{"mobilenet_v2", FormatPolicy::kStatistics, true}),
                         [](const auto& tested) { return std::string(std::get<0>(tested.param)); });

TEST_F(DeviceStep, GivesTheGradientsOfTheMethod) {
    const Tensor x = images();
    std::map<std::string, Tensor> actual;
    const auto gradients_of = [&](const Tensor& there, bool is_straightforward) {
        Network network(narrow("resnet50"), fixed_formats());
        network.initialize(7);
        network.to(there.device(), torch::kDouble);
        const Tensor logits = is_straightforward ? straightforward_forward(network, there)
                                                 : network.forward(there, NumericMode::kFakeQuant);
        torch::nn::functional::cross_entropy(logits, labels().to(there.device())).backward();
        std::map<std::string, Tensor> gradients{{"logits", logits.detach().cpu()}};
        for (const NamedParameter& parameter : network.parameters(NumericMode::kFakeQuant))
            gradients[parameter.name] = parameter.tensor.grad().cpu();
        return gradients;
    };
    on_device(
        [&](const Tensor& there) {
            actual = gradients_of(there, false);
            return there;
        },
        x);
    for (const auto& [name, gradient] : gradients_of(x, true))
        expect_close(actual.at(name), gradient, name.ends_with(".alpha") ? 1e-6 : 1e-8, name);
}

TEST_F(DeviceStep, ReadsNothingOnTheHost) {
    on_device(
        [&](const Tensor& there) {
            for (const FormatPolicy policy : {FormatPolicy::kStatistics, FormatPolicy::kGridSearch}) {
                QuantizationConfig settings;
                settings.format_policy = policy;
                settings.rescale_forward = true;
                Network network(narrow("resnet18"), settings);
                network.initialize(7);
                network.to(there.device(), torch::kFloat);
                const Tensor x = there.to(torch::kFloat), to = labels().to(there.device());
                const auto step = [&] {
                    torch::nn::functional::cross_entropy(network.forward(x, NumericMode::kFakeQuant), to).backward();
                };
                step();
                network.zero_grad();
                const int64_t before = copies_to_host();
                const StepRecorder recorder;
                step();
                EXPECT_EQ(copies_to_host(), before);
                const auto entries = recorder.entries();
                int64_t operators = 0;
                for (const auto& [name, entry] : entries) operators += entry.calls;
                if (there.is_cpu()) {
                    EXPECT_LE(operators, 2469) << "launches of our own kernels are not among them";
                }
                EXPECT_EQ(entries.count("aten::_local_scalar_dense"), 0u);
                EXPECT_EQ(entries.count("aten::item"), 0u);
            }
            return there;
        },
        images());
}

TEST_F(DeviceStep, NotesTheFirstTensorThatIsNotFinite) {
    on_device(
        [&](const Tensor& there) {
            Network network(narrow("resnet18"), QuantizationConfig());
            network.initialize(7);
            network.to(there.device(), torch::kDouble);
            const std::vector<int> layers = network.graph().weighted_layers();
            const std::string name = network.graph().layers[static_cast<size_t>(layers.at(3))].name;
            Tensor weight = network.conv(layers.at(3))->weight.detach();
            weight.select(0, 0).select(0, 0).fill_(std::nan(""));
            const RunningLengths& lengths = network.stored_running_lengths(layers.at(5));
            EXPECT_NO_THROW(network.forward(there, NumericMode::kFakeQuant));
            const std::vector<double> running = lengths.values();
            try {
                network.check_finite();
                ADD_FAILURE() << "nothing was noted";
            } catch (const NumericError& error) {
                EXPECT_THAT(error.what(), HasSubstr(name + ": effective weight"));
            }
            EXPECT_TRUE(std::isfinite(running.at(0)));
            EXPECT_NO_THROW(network.check_finite()) << "it is told once";
            return there;
        },
        images());
}

TEST_F(DeviceStep, KeepsRunningLengthsWhereTheyCanBeSetAndRead) {
    on_device(
        [&](const Tensor& there) {
            for (const auto type : {torch::kFloat, torch::kDouble}) {
                RunningLengths lengths(1, 6);
                lengths.to(there.device(), type);
                EXPECT_TRUE(lengths.on_device().defined());
                const void* const place = lengths.on_device().const_data_ptr();
                lengths.set({4.25}, "layer");
                EXPECT_EQ(lengths.values(), std::vector<double>{4.25});
                RunningLengths on_host(1, 4.25);
                on_host.to(torch::Device(torch::kMeta), type);
                EXPECT_FALSE(on_host.on_device().defined());
                for (RunningLengths* each : {&lengths, &on_host}) each->update({7}, 0.1);
                EXPECT_EQ(lengths.values(), on_host.values());
                EXPECT_EQ(lengths.on_device().const_data_ptr(), place) << "a captured step reads it there";
                EXPECT_EQ(lengths.rounded(8), FractionalLengths{5});
                EXPECT_THROW(lengths.set({1, 2}, "layer"), ShapeError);
            }
            return there;
        },
        torch::zeros({1}));
}

}  // namespace
}  // namespace f8net
