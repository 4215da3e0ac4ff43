// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/weight_fault.h"

#include <gmock/gmock.h>

#include <set>

#include "core/base/error.h"
#include "tests/core/analysis/small_network.h"

namespace f8net {
namespace {

using ::testing::HasSubstr;

TEST(WeightFault, FlipsBitsOfTwosComplementWords) {
    const FixedPointFormat eight{8, 5, true}, four{4, 2, true};
    EXPECT_EQ(flip_bit(5, 0, eight), 4);
    EXPECT_EQ(flip_bit(5, 6, eight), 69);
    EXPECT_EQ(flip_bit(5, 7, eight), -123);
    EXPECT_EQ(flip_bit(-1, 7, eight), 127);
    EXPECT_EQ(flip_bit(-127, 0, eight), -127);  // -128 is no code: the nearest one is
    EXPECT_EQ(flip_bit(0, 7, eight), -127);
    EXPECT_EQ(flip_bit(3, 3, four), -5);
    EXPECT_EQ(flip_bit(-5, 3, four), 3);
    EXPECT_EQ(flip_bit(0, 3, four), -7);
    for (int code = -127; code <= 127; ++code) {
        for (int bit = 0; bit < 8; ++bit) {
            const int8_t after = flip_bit(static_cast<int8_t>(code), bit, eight);
            EXPECT_GE(after, -127);
            const int unsigned_after = static_cast<uint8_t>(after), unsigned_before = static_cast<uint8_t>(code);
            if (after != -127) {
                EXPECT_EQ(unsigned_after ^ unsigned_before, 1 << bit) << code << " bit " << bit;
            }
        }
    }
}

TEST(WeightFault, DrawsEveryBitAndLayersByTheirWeights) {
    const IntegerNetwork network = small_network();
    std::mt19937_64 generator(5);
    std::set<int> bits;
    std::map<int, int64_t> drawn;
    constexpr int kDraws = 4000;
    for (int i = 0; i < kDraws; ++i) {
        const WeightFault fault = draw_weight_fault(network, {}, generator);
        bits.insert(fault.bit);
        ++drawn[fault.node];
        const IntegerNode& node = network.nodes[static_cast<size_t>(fault.node)];
        ASSERT_EQ(node.weight_s8.at(static_cast<size_t>(fault.element)), fault.before);
        ASSERT_EQ(flip_bit(fault.before, fault.bit, node.weight_format), fault.after);
        ASSERT_NE(fault.before, fault.after);
    }
    EXPECT_EQ(bits.size(), 8u);
    int64_t weights = 0;
    for (const IntegerNode& node : network.nodes) weights += static_cast<int64_t>(node.weight_s8.size());
    for (const auto& [index, times] : drawn) {
        const double share = static_cast<double>(network.nodes[static_cast<size_t>(index)].weight_s8.size()) /
                             static_cast<double>(weights);
        // Five standard deviations of a binomial.
        EXPECT_NEAR(static_cast<double>(times) / kDraws, share, 5 * std::sqrt(share / kDraws) + 1e-9) << index;
    }
}

TEST(WeightFault, ChangesOneWeightAndNothingElse) {
    const IntegerNetwork network = small_network();
    std::mt19937_64 generator(1);
    const WeightFault fault = draw_weight_fault(network, {"stage_1_layer_0.body.0", 11, 3}, generator);
    EXPECT_EQ(fault.element, 11);
    EXPECT_EQ(fault.bit, 3);
    const IntegerNetwork changed = with_fault(network, fault);
    for (size_t n = 0; n < network.nodes.size(); ++n) {
        std::vector<int8_t> expected = network.nodes[n].weight_s8;
        if (static_cast<int>(n) == fault.node) expected[11] = fault.after;
        EXPECT_EQ(changed.nodes[n].weight_s8, expected);
        EXPECT_EQ(changed.nodes[n].bias_s32, network.nodes[n].bias_s32);
    }
    EXPECT_NO_THROW(check(changed));
}

TEST(WeightFault, NeverLetsAnAccumulatorLeaveInt32) {
    IntegerNetwork network = small_network();
    IntegerNode& node = network.nodes[1];
    for (int32_t& bias : node.bias_s32) bias = 2147483647 - 255 * 100'000;
    std::fill(node.weight_s8.begin(), node.weight_s8.end(), int8_t{0});
    node.bias_s32[0] += 255 * 99'999;  // room for a weight of 1
    check(network);
    std::mt19937_64 generator(1);
    const WeightFault fault = draw_weight_fault(network, {node.name, 0, {}}, generator);
    EXPECT_EQ(fault.after, 1);
    EXPECT_NO_THROW(check(with_fault(network, fault)));
    EXPECT_THROW(draw_weight_fault(network, {node.name, 0, 5}, generator), NumericError);
}

TEST(WeightFault, KnowsWhereInTheKernelAnElementLies) {
    IntegerNode node;
    node.kind = NodeKind::kConv;
    node.in_channels = 10;
    node.window = {3, 1, 1};
    EXPECT_EQ(weight_position(node, ((7 * 3 + 2) * 3 + 1) * 10 + 4), (std::array<int64_t, 4>{7, 2, 1, 4}));
    node.groups = 10;
    EXPECT_EQ(weight_position(node, (7 * 3 + 2) * 3 + 1), (std::array<int64_t, 4>{7, 2, 1, 0}));
}

}  // namespace
}  // namespace f8net
