// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/format_change.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/base/error.h"
#include "core/network/rounding.h"
#include "core/network/skeleton.h"
#include "tests/core/inference/random_graph.h"
#include "tests/core/whatif/what_if_test.h"

namespace f8net {
namespace {

std::string error_of(const IntegerNetwork& network, const FormatChange& change) {
    try {
        with_changes(network, {{change}});
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

TEST(FormatChange, IsReadAndWritten) {
    const FormatChange weight{"stage_0_layer_0.body.0", ChangedTensor::kWeight, {8, 6, true}};
    EXPECT_EQ(weight.to_string(), "stage_0_layer_0.body.0.weight=s8.6");
    EXPECT_EQ(parse_format_change(weight.to_string()), weight);
    const FormatChange input{"head.0", ChangedTensor::kInput, {7, 5, false}};
    EXPECT_EQ(parse_format_change("head.0.input=u7.5"), input);
    for (const char* wrong : {"", "=", "head.0", "head.0=s8.6", "head.0.bias=s8.6", ".weight=s8.6", "head.0.weight=",
                              "head.0.weight=8.6", "head.0.weight=s8", "head.0.weight=s8.", "head.0.weight=s.6",
                              "head.0.weight=s8.6x", "head.0.weight=i8.6", "head.0.weight=s99999999999.1"}) {
        EXPECT_THROW(parse_format_change(wrong), ConfigError) << wrong;
    }
}

TEST(FormatChange, OfWeightsRoundsThemAnewAndTheBiasAtTheNewLength) {
    const IntegerNetwork network = changeable_network("resnet18", 3);
    const std::string layer = "stage_1_layer_0.body.1";
    const IntegerNode& before = node_named(network, layer);
    const FixedPointFormat format{8, before.weight_format.fractional_length - 2, true};
    const IntegerNetwork changed = with_changes(network, {{{layer, ChangedTensor::kWeight, format}}});
    const IntegerNode& after = node_named(changed, layer);
    EXPECT_EQ(after.weight_format, format);
    EXPECT_EQ(after.input_format, before.input_format);
    EXPECT_EQ(after.fractional_length, before.fractional_length - 2);
    for (size_t i = 0; i < after.weight_s8.size(); ++i) {
        const double code = std::nearbyint(std::ldexp(double{before.effective_weight[i]}, format.fractional_length));
        ASSERT_EQ(after.weight_s8[i], std::clamp(code, -127.0, 127.0)) << i;
    }
    for (size_t i = 0; i < after.bias_s32.size(); ++i) {
        ASSERT_EQ(after.bias_s32[i],
                  std::nearbyint(std::ldexp(double{before.effective_bias[i]}, after.fractional_length)));
    }
}

TEST(FormatChange, OfWeightsSaturates) {
    IntegerNetwork network = changeable_network("resnet18", 3);
    const std::string layer = "stage_1_layer_0.body.1";
    IntegerNode& node = network.nodes[static_cast<size_t>(network.index_of(layer))];
    node.effective_weight[0] = 1.5f;
    node.effective_weight[1] = -1.5f;
    node.effective_weight[2] = 0.5f / 64;  // a tie: to even
    node.effective_weight[3] = 1.5f / 64;
    const IntegerNetwork changed = with_changes(
        network, {{{layer, ChangedTensor::kWeight, {8, 7, true}}, {layer, ChangedTensor::kWeight, {8, 6, true}}}});
    const auto& codes = node_named(changed, layer).weight_s8;
    EXPECT_EQ(codes[0], 96);
    EXPECT_EQ(codes[2], 0);
    EXPECT_EQ(codes[3], 2);
    const IntegerNetwork fine = with_changes(network, {{{layer, ChangedTensor::kWeight, {8, 7, true}}}});
    if (node_named(network, layer).weight_format.fractional_length != 7) {
        EXPECT_EQ(node_named(fine, layer).weight_s8[0], 127);
        EXPECT_EQ(node_named(fine, layer).weight_s8[1], -127);
    }
}

TEST(FormatChange, OfTheInputKeepsTheWeights) {
    const IntegerNetwork network = changeable_network("resnet18", 4);
    const std::string layer = "stage_2_layer_1.body.0";
    const IntegerNode& before = node_named(network, layer);
    const FixedPointFormat format{8, before.input_format.fractional_length - 1, false};
    const IntegerNetwork changed = with_changes(network, {{{layer, ChangedTensor::kInput, format}}});
    const IntegerNode& after = node_named(changed, layer);
    EXPECT_EQ(after.input_format, format);
    EXPECT_EQ(after.weight_s8, before.weight_s8);
    EXPECT_EQ(after.fractional_length, before.fractional_length - 1);
    for (size_t i = 0; i < after.bias_s32.size(); ++i) {
        ASSERT_EQ(after.bias_s32[i],
                  std::nearbyint(std::ldexp(double{before.effective_bias[i]}, after.fractional_length)));
    }
}

TEST(FormatChange, IsFollowedBySumsAndPools) {
    const IntegerNetwork network = changeable_network("resnet18", 4);
    const std::string layer = "stage_3_layer_1.body.1";  // its sum is what the pool reads
    const int length = node_named(network, layer).weight_format.fractional_length;
    const IntegerNetwork changed =
        with_changes(network, {{{layer, ChangedTensor::kWeight, {8, length == 7 ? 4 : 7, true}}}});
    for (size_t i = 0; i < changed.nodes.size(); ++i) {
        const IntegerNode& node = changed.nodes[i];
        if (node.kind == NodeKind::kAdd) {
            EXPECT_EQ(node.fractional_length,
                      std::max(changed.nodes[static_cast<size_t>(node.inputs[0])].fractional_length,
                               changed.nodes[static_cast<size_t>(node.inputs[1])].fractional_length));
        }
    }
    const IntegerNetwork pooled = changeable_network("resnet18", 4, false);
    const IntegerNetwork narrow = with_changes(pooled, {{{"classifier.0", ChangedTensor::kInput, {6, 2, false}}}});
    const IntegerNode& pool = narrow.nodes[narrow.nodes.size() - 2];
    ASSERT_EQ(pool.kind, NodeKind::kAveragePool);
    EXPECT_EQ(pool.input_format, (FixedPointFormat{6, 2, false}));
    EXPECT_EQ(first_difference(pooled, narrow), narrow.nodes.size() - 2);
}

TEST(FormatChange, OfTheFirstLayerMovesANormalizedPicturesGrid) {
    const IntegerNetwork normalized = changeable_network("mobilenet_v2", 5, true, true);
    const std::string first = layers_of(normalized).front();
    const IntegerNetwork changed = with_changes(normalized, {{{first, ChangedTensor::kInput, {8, 3, true}}}});
    EXPECT_EQ(changed.input().input_format, (FixedPointFormat{8, 3, true}));
    EXPECT_EQ(first_difference(normalized, changed), 0u);
    // Raw pixels stay what they are; the layer's own requantization moves.
    const IntegerNetwork raw = changeable_network("resnet18", 5);
    const IntegerNetwork coarse = with_changes(raw, {{{"head.0", ChangedTensor::kInput, {8, 5, false}}}});
    EXPECT_EQ(coarse.input().input_format, kPixelFormat);
    EXPECT_EQ(node_named(coarse, "head.0").input_format, (FixedPointFormat{8, 5, false}));
    EXPECT_EQ(first_difference(raw, coarse), 1u);
}

TEST(FormatChange, BackAndForthIsTheSameNetwork) {
    // Lowered networks' integers are what rounding gives; a random one's are made so here.
    IntegerNetwork network = changeable_network("resnet18", 6);
    for (IntegerNode& node : network.nodes) {
        if (!node.has_weights()) continue;
        round_weight(node);
        round_bias(node);
    }
    for (const std::string& layer : layers_of(network)) {
        const IntegerNode& node = node_named(network, layer);
        const std::vector<FormatChange> changes = {{layer, ChangedTensor::kWeight, {8, 3, true}},
                                                   {layer, ChangedTensor::kInput, {8, 2, true}},
                                                   {layer, ChangedTensor::kWeight, node.weight_format},
                                                   {layer, ChangedTensor::kInput, node.input_format}};
        EXPECT_EQ(first_difference(network, with_changes(network, changes)), network.nodes.size()) << layer;
        EXPECT_LE(first_difference(network, with_changes(network, std::span(changes).first(2))),
                  static_cast<size_t>(network.index_of(layer)));
    }
}

TEST(FormatChange, RefusalsNameLayerAndValue) {
    const IntegerNetwork network = changeable_network("resnet18", 7);
    const std::string layer = "stage_0_layer_0.body.0";
    EXPECT_NE(error_of(network, {"stage_0_layer_0.body.7", ChangedTensor::kWeight, {8, 4, true}}).find("did you mean"),
              std::string::npos);
    EXPECT_NE(error_of(network, {layer, ChangedTensor::kWeight, {8, 4, false}}).find("weights are signed"),
              std::string::npos);
    EXPECT_NE(error_of(network, {layer, ChangedTensor::kWeight, {8, 8, true}}).find(layer + ".weight=s8.8"),
              std::string::npos);
    EXPECT_NE(error_of(network, {layer, ChangedTensor::kInput, {9, 4, false}}).find("2 to 8 bits"), std::string::npos);
    EXPECT_TRUE(error_of(network, {layer, ChangedTensor::kInput, {8, 8, false}}).empty());
    // A bias that fits at the length it was rounded at and at no finer one.
    IntegerNetwork large = network;
    IntegerNode& node = large.nodes[static_cast<size_t>(large.index_of(layer))];
    node.effective_bias[0] = std::ldexp(1.0f, 30 - 8 - 6);
    const std::string error = error_of(large, {layer, ChangedTensor::kInput, {8, 8, false}});
    if (node.weight_format.fractional_length == 7) {
        EXPECT_NE(error.find(layer), std::string::npos) << error;
        EXPECT_NE(error.find("above int32"), std::string::npos) << error;
    }
    // No real weights.
    IntegerNetwork bare = network;
    for (IntegerNode& each : bare.nodes) each.effective_weight.clear();
    EXPECT_NE(error_of(bare, {layer, ChangedTensor::kInput, {8, 1, false}}).find("keeps no real weights"),
              std::string::npos);
}

}  // namespace
}  // namespace f8net
