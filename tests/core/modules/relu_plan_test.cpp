// SPDX-License-Identifier: Apache-2.0
// Where ReLUs are computed, and that no gradient tells the difference.
#include "core/modules/relu_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/modules/network.h"
#include "core/modules/straightforward.h"

namespace f8net {
namespace {

using torch::Tensor;

LayerGraph graph_of(const std::string& architecture, double width = 1, Stem stem = Stem::kImageNet) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = width;
    options.stem = stem;
    options.image_size = 64;
    options.num_classes = 10;
    return make_layer_graph(options);
}

const ReluStep& step_of(const LayerGraph& graph, const std::vector<ReluStep>& steps, const std::string& layer) {
    return steps.at(static_cast<size_t>(graph.index_of(layer)));
}

TEST(ReluPlan, OfAResNetComputesWithPoolAndSums) {
    const LayerGraph graph = graph_of("resnet18");
    const std::vector<ReluStep> steps = plan_relus(graph, true);
    EXPECT_FALSE(step_of(graph, steps, "head.relu").is_computed_here);
    EXPECT_TRUE(step_of(graph, steps, "head.max_pool").is_computed_here);
    for (int stage = 0; stage < 4; ++stage) {
        for (int block = 0; block < 2; ++block) {
            const std::string name = "stage_" + std::to_string(stage) + "_layer_" + std::to_string(block);
            EXPECT_FALSE(step_of(graph, steps, name + ".relu").is_computed_here) << name;
            const ReluStep& sum = step_of(graph, steps, name + ".add");
            EXPECT_TRUE(sum.is_computed_here && sum.in_place) << name;
            // The first block's is read by an addition, too, the last one's by the average pool.
            EXPECT_EQ(sum.mask, block == 1 && stage < 3 ? ReluMask::kReaders : ReluMask::kOwn) << name;
        }
    }
}

TEST(ReluPlan, LeavesTheMaskToConvolutionsAlone) {
    for (const char* architecture : {"mobilenet_v1", "mobilenet_v2"}) {
        const LayerGraph graph = graph_of(architecture);
        const std::vector<ReluStep> steps = plan_relus(graph, true);
        for (size_t i = 0; i < steps.size(); ++i) {
            const bool is_relu = graph.layers[i].kind == LayerKind::kRelu;
            EXPECT_EQ(steps[i].is_computed_here, is_relu);
            if (!is_relu) continue;
            EXPECT_TRUE(steps[i].in_place);
            const auto reader = static_cast<size_t>(graph.readers_of(static_cast<int>(i)).at(0));
            const bool is_last = graph.layers[reader].kind == LayerKind::kAveragePool;
            EXPECT_EQ(steps[i].mask, is_last ? ReluMask::kOwn : ReluMask::kReaders) << graph.layers[i].name;
        }
    }
    const LayerGraph narrow = graph_of("mobilenet_v2", 0.25);
    EXPECT_EQ(step_of(narrow, plan_relus(narrow, true), "head.relu").mask, ReluMask::kOwn) << "an addition reads it";
}

TEST(ReluPlan, SignedReadersMaskNothing) {
    LayerGraph graph = graph_of("resnet18");
    graph.layers[static_cast<size_t>(graph.index_of("stage_1_layer_0.shortcut.0"))].input_is_signed = true;
    EXPECT_EQ(step_of(graph, plan_relus(graph, true), "stage_0_layer_1.add").mask, ReluMask::kOwn);
}

TEST(ReluPlan, ForObserversEachReluIsComputedItself) {
    const LayerGraph graph = graph_of("resnet18");
    const std::vector<ReluStep> steps = plan_relus(graph, false);
    for (size_t i = 0; i < steps.size(); ++i)
        EXPECT_EQ(steps[i].is_computed_here, graph.layers[i].kind == LayerKind::kRelu) << graph.layers[i].name;
}

struct Case {
    const char* architecture;
    Stem stem;
    std::vector<std::string> signed_readers;
};

class GradientsOf : public testing::TestWithParam<std::tuple<Case, FormatPolicy, bool>> {
protected:
    struct Step {
        Tensor logits;
        std::vector<Tensor> gradients;
    };
    template <typename Forward>
    static Step step(Network& network, const Forward& forward) {
        network.zero_grad();
        const Tensor logits = forward();
        torch::nn::functional::cross_entropy(logits, torch::arange(4)).backward();
        Step result{logits.detach(), {}};
        for (const NamedParameter& parameter : network.parameters(NumericMode::kFakeQuant))
            result.gradients.push_back(parameter.tensor.grad().clone());
        return result;
    }
};

TEST_P(GradientsOf, NetworksAreThoseOfTheMethod) {
    const auto& [tested, policy, channels_last] = GetParam();
    LayerGraph graph = graph_of(tested.architecture, 0.25, tested.stem);
    for (const std::string& reader : tested.signed_readers)
        graph.layers.at(static_cast<size_t>(graph.index_of(reader))).input_is_signed = true;
    QuantizationConfig settings;
    settings.format_policy = FormatPolicy::kFixed;  // nothing moves between two forward passes
    settings.input_format = {8, 5};
    settings.weight_format = {8, 6};
    settings.granularity = Granularity::kPerTensor;
    torch::manual_seed(8);
    const Tensor pixels = ((torch::rand({4, 3, 64, 64}) * 255).round() / 255).to(torch::kDouble);
    const Tensor x = channels_last ? pixels.contiguous(at::MemoryFormat::ChannelsLast) : pixels;
    Network network(graph, settings);
    network.initialize(7);
    network.to(torch::kCPU, torch::kDouble);
    if (policy != FormatPolicy::kFixed) {
        // With lengths that a batch asked for, once.
        QuantizationConfig moving = settings;
        moving.format_policy = policy;
        moving.momentum = 1;
        Network chosen(graph, moving), observed(graph, moving);
        LayerObserver nobody;
        Tensor logits[2];
        for (Network* each : {&chosen, &observed}) {
            each->initialize(7);
            each->to(torch::kCPU, torch::kDouble);
            logits[each == &observed] =
                each->forward(x, NumericMode::kFakeQuant, each == &observed ? &nobody : nullptr).detach();
        }
        EXPECT_TRUE(torch::equal(logits[0], logits[1])) << "observed, a step gives the same bits";
        for (const int index : graph.weighted_layers())
            network.stored_running_lengths(index).set(chosen.stored_running_lengths(index).values(), "");
    }
    const Step expected = step(network, [&] { return straightforward_forward(network, x); });
    const Step actual = step(network, [&] { return network.forward(x, NumericMode::kFakeQuant); });
    EXPECT_LE((actual.logits - expected.logits).abs().max().item<double>(),
              1e-10 * expected.logits.abs().max().item<double>());
    const auto parameters = network.parameters(NumericMode::kFakeQuant);
    ASSERT_EQ(actual.gradients.size(), expected.gradients.size());
    for (size_t i = 0; i < parameters.size(); ++i) {
        // A layer's own level cancels in the batch norm but for its epsilon.
        const double tolerance = parameters[i].role == ParameterRole::kClipLevel ? 1e-6 : 1e-8;
        EXPECT_LE((actual.gradients[i] - expected.gradients[i]).abs().max().item<double>(),
                  tolerance * expected.gradients[i].abs().max().item<double>() + 1e-14)
            << parameters[i].name;
    }
}

std::string name_of(const testing::TestParamInfo<std::tuple<Case, FormatPolicy, bool>>& tested) {
    const auto& [network, policy, channels_last] = tested.param;
    std::string name = network.architecture;
    if (network.stem == Stem::kSmall) name += "_small";
    if (!network.signed_readers.empty()) name += "_signed";
    name += policy == FormatPolicy::kFixed ? "_fixed" : policy == FormatPolicy::kStatistics ? "_statistic" : "_grid";
    return name + (channels_last ? "_rows" : "_planes");
}

INSTANTIATE_TEST_SUITE_P(
    Relu, GradientsOf,
    testing::Combine(
        testing::Values(Case{"resnet18", Stem::kImageNet, {}}, Case{"resnet18", Stem::kSmall, {}},
                        Case{"resnet18", Stem::kImageNet, {"stage_1_layer_0.body.0", "stage_2_layer_0.shortcut.0"}},
                        Case{"resnet50", Stem::kImageNet, {}}, Case{"mobilenet_v1", Stem::kImageNet, {}},
                        Case{"mobilenet_v1", Stem::kImageNet, {"stage_1_layer_1.body.0"}},
                        Case{"mobilenet_v2", Stem::kImageNet, {}}),
        testing::Values(FormatPolicy::kFixed, FormatPolicy::kStatistics, FormatPolicy::kGridSearch), testing::Bool()),
    name_of);

}  // namespace
}  // namespace f8net
