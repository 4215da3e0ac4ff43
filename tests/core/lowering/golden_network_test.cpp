// SPDX-License-Identifier: Apache-2.0
// Whole networks recorded from the authors' program: every code, bias and fractional length, exactly.
#include <gtest/gtest.h>

#include "tests/core/inference/golden_networks.h"

namespace f8net {
namespace {

/// Weights are stored [out, kh, kw, in], the file has [out, in, kh, kw].
void expect_layer(const IntegerNode& node, const TensorMap& expected, const std::string& prefix) {
    SCOPED_TRACE(prefix);
    EXPECT_EQ(node.input_format.fractional_length, expected.at(prefix + ".fl_input").item());
    EXPECT_EQ(node.weight_format.fractional_length, expected.at(prefix + ".fl_weight").item());
    EXPECT_EQ(node.fractional_length, expected.at(prefix + ".fl_output").item());
    EXPECT_EQ(node.input_format.is_signed, expected.at(prefix + ".input_signed").item() != 0);
    if (expected.contains(prefix + ".bias")) {
        const auto bias = expected.values<int32_t>(prefix + ".bias");
        EXPECT_TRUE(std::equal(bias.begin(), bias.end(), node.bias_s32.begin(), node.bias_s32.end()));
    }
    if (!expected.contains(prefix + ".weight")) return;
    const auto weight = expected.values<int8_t>(prefix + ".weight");
    ASSERT_EQ(weight.size(), node.weight_s8.size());
    const int window = node.window.kernel * node.window.kernel, in = node.in_channels / node.groups;
    int differences = 0;
    for (int out = 0; out < node.out_channels; ++out) {
        for (int channel = 0; channel < in; ++channel) {
            for (int position = 0; position < window; ++position) {
                differences += weight[static_cast<size_t>((out * in + channel) * window + position)] !=
                               node.weight_s8[static_cast<size_t>((out * window + position) * in + channel)];
            }
        }
    }
    EXPECT_EQ(differences, 0);
}

class GoldenNetwork : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        if (golden_checkpoint(GetParam()).empty())
            GTEST_SKIP() << "no checkpoint of " << GetParam() << " in " << golden_folder();
    }
};

TEST_P(GoldenNetwork, LowersToTheRecordedCodes) {
    const GoldenNetworkData data = golden_network(GetParam(), recorded_options(GetParam()));
    for (const IntegerNode& node : data.network.nodes) {
        if (node.has_weights()) expect_layer(node, data.expected, "layer." + node.name);
    }
}

TEST_P(GoldenNetwork, ChangesOnlyTheClassifierWithTheSumPool) {
    LoweringOptions options = recorded_options(GetParam());
    options.quantize_average_pool = true;
    const GoldenNetworkData data = golden_network(GetParam(), options);
    for (const IntegerNode& node : data.network.nodes) {
        if (node.kind == NodeKind::kConv) expect_layer(node, data.expected, "layer." + node.name);
    }
    // The plane is 3 x 3: sum / 8 is 9/8 of the mean, so the classifier's weights shrink to 8/9.
    EXPECT_EQ(data.network.nodes[data.network.nodes.size() - 2].kind, NodeKind::kSumPool);
    const TensorMap trained = load_checkpoint_file(golden_checkpoint(GetParam()));
    const auto weight = trained.values<float>("module.classifier.0.weight");
    EXPECT_NEAR(data.network.output().effective_weight[5], weight[5] * 8 / 9, 1e-6);
}

TEST_P(GoldenNetwork, SharedFractionalLengthsGiveTheRecordedCodes) {
    const GoldenNetworkData data = golden_network(GetParam(), recorded_options(GetParam(), true));
    if (!data.expected.contains("sharing.layer.head.0.fl_input")) GTEST_SKIP() << "not recorded for " << GetParam();
    int changed = 0;
    for (const IntegerNode& node : data.network.nodes) {
        if (!node.has_weights()) continue;
        expect_layer(node, data.expected, "sharing.layer." + node.name);
        changed += data.expected.contains("sharing.layer." + node.name + ".weight");
    }
    EXPECT_EQ(changed, GetParam() == "mobilenet_v2" ? 6 : 0);
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenNetwork,
                         ::testing::Values("mobilenet_v1", "mobilenet_v2", "resnet18", "resnet18_tiny"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace f8net
