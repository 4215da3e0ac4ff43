// SPDX-License-Identifier: Apache-2.0
// On the recorded networks.
#include "core/analysis/layer_profile.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/error_curves.h"
#include "core/analysis/layer_mark.h"
#include "core/fixedpoint/format_choice.h"
#include "tests/core/analysis/small_network.h"
#include "tests/core/inference/golden_networks.h"

namespace f8net {
namespace {

class LayerProfileOf : public ::testing::TestWithParam<std::string> {};

TEST_P(LayerProfileOf, HasTheRecordedFractionalLengths) {
    const GoldenNetworkData data = golden_network(GetParam(), recorded_options(GetParam()));
    const std::vector<LayerProfile> profiles = profile_layers(data.network);
    ASSERT_FALSE(profiles.empty());
    for (size_t i = 0; i < profiles.size(); ++i) {
        const LayerProfile& profile = profiles[i];
        SCOPED_TRACE(profile.name);
        EXPECT_EQ(profile.depth, static_cast<int>(i));
        EXPECT_EQ(profile.input_format->fractional_length,
                  data.expected.at("layer." + profile.name + ".fl_input").item());
        EXPECT_EQ(profile.weight_format->fractional_length,
                  data.expected.at("layer." + profile.name + ".fl_weight").item());
        const IntegerNode& node = data.network.nodes[static_cast<size_t>(data.network.index_of(profile.name))];
        EXPECT_EQ(profile.weight->count, static_cast<int64_t>(node.weight_s8.size()));
        EXPECT_EQ(profile.is_depthwise, node.groups > 1);
        // Effective weights: their spread is what the format was chosen from.
        if (GetParam() != "resnet18_tiny") {
            EXPECT_EQ(choose_fractional_length(profile.weight->sigma, Statistic::kStd, true, profile.name),
                      profile.weight_format->fractional_length);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Recorded, LayerProfileOf,
                         ::testing::Values("mobilenet_v1", "mobilenet_v2", "resnet18", "resnet18_tiny"),
                         [](const auto& each) { return each.param; });

TEST(LayerProfile, OfFloatingWeightsFoldsBatchNormAndNothingElse) {
    const TensorMap checkpoint = load_checkpoint_file(golden_checkpoint("mobilenet_v2"));
    ArchitectureOptions shape;
    shape.architecture = "mobilenet_v2";
    shape.width_multiplier = 0.25;
    shape.image_size = 96;
    shape.num_classes = 10;
    const LayerGraph graph = make_layer_graph(shape);
    const std::vector<LayerProfile> profiles = profile_folded_layers(checkpoint, graph, LoweringOptions{});
    ASSERT_EQ(profiles.size(), graph.weighted_layers().size());
    for (const LayerProfile& profile : profiles) {
        SCOPED_TRACE(profile.name);
        EXPECT_FALSE(profile.input_format);
        EXPECT_TRUE(profile.weight_format);
        std::vector<float> expected;
        if (profile.kind == NodeKind::kLinear) {
            expected = checkpoint.at("module." + profile.name + ".weight").to_float();
        } else {
            const std::string name = "module." + profile.name;
            expected = checkpoint.at(name + ".conv.weight").to_float();
            const auto gamma = checkpoint.at(name + ".bn.weight").to_float();
            const auto variance = checkpoint.at(name + ".bn.running_var").to_float();
            const size_t each = expected.size() / gamma.size();
            for (size_t i = 0; i < expected.size(); ++i)
                expected[i] *= gamma[i / each] / std::sqrt(variance[i / each] + 1e-5f);
        }
        const BoxPlot box = box_plot(expected, profile.name);
        EXPECT_NEAR(profile.weight->median, box.median, 1e-6 * box.sigma);
        EXPECT_NEAR(profile.weight->upper_whisker, box.upper_whisker, 1e-5 * box.sigma);
        EXPECT_NEAR(profile.weight->sigma, box.sigma, 1e-5 * box.sigma);
    }
}

TEST(LayerProfile, WithoutRealWeightsHasFormatsAlone) {
    for (const LayerProfile& profile : profile_layers(small_network())) {
        EXPECT_TRUE(profile.weight_format);
        EXPECT_FALSE(profile.weight);
    }
}

TEST(LayerMark, SaysWhatTheFormatCostsAgainstTheBest) {
    IntegerNetwork network = small_network(true);
    std::vector<LayerReport> reports = report_layers(network, {});
    reports[1].input = InputStatistics{};
    reports[1].input->sigma = 30;  // u8.8 holds up to 1
    const std::vector<LayerMark> marks = mark_layers(reports);
    size_t weighted = 0;
    for (const IntegerNode& node : network.nodes) weighted += node.has_weights();
    ASSERT_EQ(marks.size(), weighted + 1);
    EXPECT_TRUE(marks[0].is_weight);
    EXPECT_FALSE(marks[1].is_weight);
    EXPECT_EQ(marks[1].best_fractional_length, 1);
    EXPECT_GT(marks[1].relative_error, 0.5);
    EXPECT_EQ(marks[1].best_relative_error, expected_relative_error(30, {8, 1, false}));
    for (const LayerMark& mark : marks) EXPECT_LE(mark.best_relative_error, mark.relative_error);
    reports[1].input->sigma = 0;  // an input that is constant lies on no curve
    EXPECT_EQ(mark_layers(reports).size(), weighted);
}

}  // namespace
}  // namespace f8net
