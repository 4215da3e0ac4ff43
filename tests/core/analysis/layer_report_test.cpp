// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/layer_report.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/verification.h"
#include "tests/core/analysis/small_network.h"

namespace f8net {
namespace {

/// Producer "a" at FL 8 feeds "b", whose input is u8.4.
IntegerNetwork two_layers() {
    IntegerNetwork network;
    IntegerNode input, a, relu, b;
    input.name = "input";
    a.name = "a";
    a.kind = NodeKind::kConv;
    a.inputs = {0};
    a.fractional_length = 8;
    relu.name = "relu";
    relu.kind = NodeKind::kRelu;
    relu.inputs = {1};
    relu.fractional_length = 8;
    b.name = "b";
    b.kind = NodeKind::kConv;
    b.inputs = {1};
    b.input_format = {8, 4, false};
    network.nodes = {input, a, relu, b};
    return network;
}

TEST(LayerStatistics, CountsWhatRoundingLoses) {
    const IntegerNetwork network = two_layers();
    LayerStatistics statistics(network);
    // Units of 2^-8; one code is 16 of them. 5: to zero. -32: the ReLU's. 5000: above 255 codes (4080). 24: 1.5 codes,
    // to 2.
    const std::vector<int32_t> accumulators{160, 5, -32, 5000, 24, 0};
    const std::vector<int32_t> codes{10, 0, 0, 255, 2, 0};
    const Shape shape{6, 1, 1};
    statistics.on_accumulators("a", shape, accumulators);
    statistics.on_codes("b", shape, codes);
    const InputStatistics b = statistics.inputs().at("b");
    EXPECT_EQ(b.count, 6);
    EXPECT_DOUBLE_EQ(b.clipped_share, 1.0 / 6);
    EXPECT_DOUBLE_EQ(b.negative_share, 1.0 / 6);
    EXPECT_DOUBLE_EQ(b.zero_share, 1.0 / 6);  // 5, but neither 0 nor what the ReLU took
    EXPECT_DOUBLE_EQ(b.mean, (160 + 5 - 32 + 5000 + 24) / 256.0 / 6);
    const double errors = 5 / 16.0 * (5 / 16.0) + (5000 / 16.0 - 255) * (5000 / 16.0 - 255) + 0.25;
    EXPECT_NEAR(b.error_lsb, std::sqrt(errors / 5), 1e-12);
    EXPECT_EQ(statistics.largest_accumulators().at("a"), 5000);
}

TEST(LayerStatistics, LooksThroughAnExplicitRelu) {
    IntegerNetwork network = two_layers();
    network.nodes[3].inputs = {2};
    LayerStatistics statistics(network);
    statistics.on_accumulators("a", {2, 1, 1}, std::vector<int32_t>{160, -160});
    statistics.on_codes("b", {2, 1, 1}, std::vector<int32_t>{10, 0});
    const InputStatistics b = statistics.inputs().at("b");
    EXPECT_EQ(b.negative_share, 0);
    EXPECT_DOUBLE_EQ(b.mean, 160 / 256.0 / 2);
    EXPECT_TRUE(std::isinf(b.sqnr_db));
}

TEST(LayerReport, SaysFormatsCostsAndBoundsOfEveryLayer) {
    const IntegerNetwork network = small_network(true);
    const auto reports = report_layers(network, {{"head.0", 2.5}});
    ASSERT_EQ(reports.size(), network.nodes.size());
    int64_t macs = 0;
    for (size_t i = 0; i < reports.size(); ++i) {
        const LayerReport& report = reports[i];
        const IntegerNode& node = network.nodes[i];
        EXPECT_EQ(report.name, node.name);
        macs += report.macs;
        EXPECT_EQ(report.input_format.has_value(), node.has_weights() || node.kind == NodeKind::kAveragePool);
        EXPECT_EQ(report.accumulator_bound.has_value(), node.has_weights());
        EXPECT_EQ(report.weight.has_value(), node.has_weights());
        EXPECT_GT(report.headroom_bits.value_or(1), 0);
        EXPECT_FALSE(report.input.has_value());
    }
    EXPECT_EQ(macs, network.macs());
    EXPECT_EQ(reports[static_cast<size_t>(network.index_of("head.0"))].clip_level, 2.5);
    EXPECT_FALSE(reports[static_cast<size_t>(network.index_of("classifier.0"))].clip_level.has_value());
}

TEST(LayerReport, DataNeverExceedTheProvenBound) {
    const IntegerNetwork network = small_network();
    auto reports = report_layers(network, {});
    LayerStatistics statistics(network);
    const auto executor = make_executor(network, "scalar", 1);
    const auto pixels = random_pixels(network.input().output, 11)(0, 8);
    executor->run(pixels, 8, &statistics);
    add_statistics(reports, statistics);
    int measured = 0;
    for (const LayerReport& report : reports) {
        if (!report.accumulator_bound) continue;
        ASSERT_TRUE(report.largest_accumulator.has_value()) << report.name;
        EXPECT_GT(*report.largest_accumulator, 0) << report.name;
        EXPECT_LE(*report.largest_accumulator, *report.accumulator_bound) << report.name;
        if (report.input) ++measured;
    }
    EXPECT_GT(measured, 10);
}

TEST(LayerReport, WeightErrorsAreThoseOfRounding) {
    IntegerNode node;
    node.kind = NodeKind::kConv;
    node.weight_format = {8, 4, true};
    node.effective_weight = {1.0f, 0.01f, 20.0f, -0.5f};  // 16, 0.16, 320, -8 codes
    node.weight_s8 = {16, 0, 127, -8};
    const auto statistics = weight_statistics(node);
    ASSERT_TRUE(statistics);
    EXPECT_DOUBLE_EQ(statistics->clipped_share, 0.25);
    EXPECT_DOUBLE_EQ(statistics->zero_share, 0.25);
    EXPECT_NEAR(statistics->error_lsb, std::sqrt((0.16 * 0.16 + 193.0 * 193.0) / 4), 1e-6);
    node.effective_weight.clear();
    EXPECT_FALSE(weight_statistics(node));
}

}  // namespace
}  // namespace f8net
