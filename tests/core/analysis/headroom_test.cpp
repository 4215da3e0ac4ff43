// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/headroom.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/layer_statistics.h"
#include "core/inference/executor.h"
#include "core/network/bounds.h"
#include "tests/core/inference/golden_networks.h"

namespace f8net {
namespace {

TEST(Headroom, NothingSeenExceedsWhatIsProven) {
    for (const char* name : {"mobilenet_v2", "resnet18"}) {
        const GoldenNetworkData data = golden_network(name, recorded_options(name));
        LayerStatistics statistics(data.network);
        make_executor(data.network, "scalar", 1)->run(data.pixels, data.images, &statistics);
        const std::vector<NodeHeadroom> nodes = analyze_headroom(data.network, statistics.largest_accumulators());
        const std::vector<int64_t> bounds = output_bounds(data.network);
        ASSERT_EQ(nodes.size() + 1, bounds.size());
        int seen = 0;
        int64_t largest = 0;
        for (size_t i = 0; i < nodes.size(); ++i) {
            const NodeHeadroom& node = nodes[i];
            SCOPED_TRACE(node.name);
            EXPECT_EQ(node.bound, bounds[i + 1]);
            EXPECT_NEAR(node.headroom_bits, 31 - std::log2(static_cast<double>(node.bound)), 1e-6);
            // The smallest signed word that holds the bound.
            EXPECT_LE(node.bound, (int64_t{1} << (node.bits - 1)) - 1);
            EXPECT_GT(node.bound, (int64_t{1} << (node.bits - 2)) - 1);
            if (!node.largest_seen) continue;
            ++seen;
            EXPECT_LE(*node.largest_seen, node.bound);
            EXPECT_LE(*node.bits_seen, node.bits);
            if (node.kind == "conv") largest = std::max(largest, *node.largest_seen);
        }
        EXPECT_GT(seen, 20);
        EXPECT_GT(largest, 1000);
    }
}

TEST(Headroom, WithoutDataIsTheProofAlone) {
    const GoldenNetworkData data = golden_network("mobilenet_v1", recorded_options("mobilenet_v1"));
    for (const NodeHeadroom& node : analyze_headroom(data.network)) {
        EXPECT_FALSE(node.largest_seen);
        EXPECT_GT(node.headroom_bits, 0);
    }
}

}  // namespace
}  // namespace f8net
