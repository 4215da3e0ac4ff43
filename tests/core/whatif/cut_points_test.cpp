// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/cut_points.h"

#include <gtest/gtest.h>

#include "tests/core/whatif/what_if_test.h"

namespace f8net {
namespace {

bool is_carried_by(const IntegerNetwork& network, int node) {
    for (size_t i = static_cast<size_t>(node) + 1; i < network.nodes.size(); ++i) {
        for (const int input : network.nodes[i].inputs) {
            if (input < node) return false;
        }
    }
    return true;
}

int64_t bytes_of(const std::vector<CutPoint>& points) {
    int64_t sum = 0;
    for (const CutPoint& point : points) sum += point.bytes;
    return sum;
}

TEST(CutPoints, AreTheInputsOfResidualBlocks) {
    ArchitectureOptions options;
    options.architecture = "resnet18";
    const IntegerNetwork network = make_random_network(make_layer_graph(options), 1);
    std::vector<std::string> names;
    for (const CutPoint& point : find_cut_points(network))
        names.push_back(network.nodes[static_cast<size_t>(point.node)].name);
    // Behind the stem's pool, each of eight blocks but the last, and the last pool.
    ASSERT_EQ(names.size(), 9u);
    EXPECT_EQ(names[0].find("head"), 0u) << names[0];
    for (size_t i = 1; i + 1 < names.size(); ++i) {
        EXPECT_EQ(names[i].find("stage_" + std::to_string((i - 1) / 2)), 0u) << names[i];
        EXPECT_EQ(node_named(network, names[i]).kind, NodeKind::kRelu);
    }
    EXPECT_EQ(node_named(network, names.back()).kind, NodeKind::kSumPool);
    EXPECT_EQ(find_cut_points(network)[0].bytes, 64 * 56 * 56 * 4);
}

TEST(CutPoints, CarryEverythingBehindThem) {
    for (const std::string& architecture : known_architectures()) {
        const IntegerNetwork network = changeable_network(architecture, 2);
        const auto points = find_cut_points(network);
        EXPECT_GE(points.size(), 5u) << architecture;
        for (const CutPoint& point : points) {
            EXPECT_TRUE(is_carried_by(network, point.node)) << architecture << " " << point.node;
            EXPECT_EQ(point.bytes, network.nodes[static_cast<size_t>(point.node)].output.size() * 4);
        }
    }
}

TEST(CutPoints, AreFewerWithinLessMemory) {
    for (const std::string architecture : {"resnet18", "mobilenet_v2"}) {
        const IntegerNetwork network = changeable_network(architecture, 2);
        const auto all = find_cut_points(network);
        EXPECT_EQ(choose_cut_points(network, bytes_of(all)).size(), all.size());
        size_t before = all.size();
        for (int64_t limit = bytes_of(all) - 1; limit > 0; limit /= 2) {
            const auto chosen = choose_cut_points(network, limit);
            EXPECT_LE(bytes_of(chosen), limit);
            EXPECT_LE(chosen.size(), before);
            before = chosen.size();
        }
        EXPECT_TRUE(choose_cut_points(network, 0).empty());
        EXPECT_FALSE(choose_cut_points(network, all.back().bytes).empty());
    }
}

}  // namespace
}  // namespace f8net
