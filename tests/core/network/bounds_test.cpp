// SPDX-License-Identifier: Apache-2.0
#include "core/network/bounds.h"

#include <gtest/gtest.h>

#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

TEST(Bounds, AccumulatorIsLargestCodeTimesWeightsPlusBias) {
    IntegerNode node;
    node.kind = NodeKind::kConv;
    node.out_channels = 2;
    node.input_format = {8, 4, false};
    node.weight_s8 = {1, -2, 3, -100, 100, 0};
    node.bias_s32 = {-7, 5};
    EXPECT_EQ(accumulator_bound(node), 255 * 200 + 5);
    node.input_format.is_signed = true;
    EXPECT_EQ(accumulator_bound(node), 127 * 200 + 5);
}

TEST(Bounds, SumsCountTheirShiftedOperands) {
    IntegerNetwork network = tiny_network("resnet18");
    const auto bounds = output_bounds(network);
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        const IntegerNode& node = network.nodes[i];
        if (node.kind == NodeKind::kAdd) {
            EXPECT_EQ(bounds[i], (bounds[static_cast<size_t>(node.inputs[0])] << operand_shift(network, node, 0)) +
                                     (bounds[static_cast<size_t>(node.inputs[1])] << operand_shift(network, node, 1)));
        }
        if (node.kind == NodeKind::kSumPool) {
            EXPECT_EQ(bounds[i], bounds[i - 1] * node.window.kernel * node.window.kernel);
        }
    }
}

TEST(Bounds, LongSumsNeedFloat64) {
    IntegerNetwork network = tiny_network("resnet18");
    IntegerNode& node = network.nodes[static_cast<size_t>(network.index_of("stage_3_layer_1.body.1"))];
    EXPECT_FALSE(needs_float64(network)[static_cast<size_t>(network.index_of("stage_3_layer_1.body.1"))]);
    node.bias_s32[0] = 1 << 24;
    EXPECT_TRUE(needs_float64(network)[static_cast<size_t>(network.index_of("stage_3_layer_1.body.1"))]);
    EXPECT_TRUE(needs_float64(network)[static_cast<size_t>(network.index_of("stage_3_layer_1.add"))]);
}

}  // namespace
}  // namespace f8net
