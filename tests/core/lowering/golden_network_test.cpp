// SPDX-License-Identifier: Apache-2.0
// Whole networks recorded from the authors' program: every code, bias and fractional length, exactly.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/lowering/lowering.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

constexpr const char* kFolder = F8NET_SOURCE_DIR "/tests/golden/networks/";

LayerGraph narrow_graph(const std::string& architecture) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.25;
    options.image_size = 96;
    options.num_classes = 10;
    return make_layer_graph(options);
}

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
    TensorMap checkpoint() const { return read_safetensors(kFolder + GetParam() + ".safetensors"); }
    TensorMap expected() const { return read_safetensors(kFolder + GetParam() + "_expected.safetensors"); }
};

TEST_P(GoldenNetwork, LowersToTheRecordedCodes) {
    LoweringOptions options;
    options.quantize_average_pool = false;
    const IntegerNetwork network = lower(checkpoint(), narrow_graph(GetParam()), options);
    const TensorMap recorded = expected();
    for (const IntegerNode& node : network.nodes) {
        if (node.has_weights()) expect_layer(node, recorded, "layer." + node.name);
    }
}

TEST_P(GoldenNetwork, ChangesOnlyTheClassifierWithTheSumPool) {
    const IntegerNetwork network = lower(checkpoint(), narrow_graph(GetParam()), {});
    const TensorMap recorded = expected();
    for (const IntegerNode& node : network.nodes) {
        if (node.kind == NodeKind::kConv) expect_layer(node, recorded, "layer." + node.name);
    }
    // The plane is 3 x 3: sum / 8 is 9/8 of the mean, so the classifier's weights shrink to 8/9.
    EXPECT_EQ(network.nodes[network.nodes.size() - 2].kind, NodeKind::kSumPool);
    const TensorMap trained = checkpoint();
    const auto weight = trained.values<float>("module.classifier.0.weight");
    EXPECT_NEAR(network.output().effective_weight[5], weight[5] * 8 / 9, 1e-6);
}

TEST_P(GoldenNetwork, SharedFractionalLengthsGiveTheRecordedCodes) {
    const TensorMap recorded = expected();
    if (!recorded.contains("sharing.layer.head.0.fl_input")) GTEST_SKIP() << "not recorded for " << GetParam();
    LoweringOptions options;
    options.quantize_average_pool = false;
    options.share_fractional_lengths = true;
    const IntegerNetwork network = lower(checkpoint(), narrow_graph(GetParam()), options);
    int changed = 0;
    for (const IntegerNode& node : network.nodes) {
        if (!node.has_weights()) continue;
        expect_layer(node, recorded, "sharing.layer." + node.name);
        changed += recorded.contains("sharing.layer." + node.name + ".weight");
    }
    EXPECT_GT(changed, 0);
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenNetwork, ::testing::Values("mobilenet_v1", "mobilenet_v2"));

}  // namespace
}  // namespace f8net
