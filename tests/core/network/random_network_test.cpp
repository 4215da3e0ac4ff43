// SPDX-License-Identifier: Apache-2.0
#include "core/network/random_network.h"

#include <gtest/gtest.h>

#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

TEST(RandomNetwork, DependsOnTheSeedAlone) {
    const IntegerNetwork a = tiny_network("resnet50", 7), b = tiny_network("resnet50", 7),
                         c = tiny_network("resnet50", 8);
    bool differs = false;
    for (size_t i = 0; i < a.nodes.size(); ++i) {
        EXPECT_EQ(a.nodes[i].weight_s8, b.nodes[i].weight_s8);
        EXPECT_EQ(a.nodes[i].bias_s32, b.nodes[i].bias_s32);
        differs = differs || a.nodes[i].weight_s8 != c.nodes[i].weight_s8;
    }
    EXPECT_TRUE(differs);
}

TEST(RandomNetwork, FullWidthStaysInsideInt32) {
    for (const char* name : {"resnet18", "mobilenet_v2"}) {
        ArchitectureOptions options;
        options.architecture = name;
        EXPECT_NO_THROW(make_random_network(make_layer_graph(options), 1)) << name;
    }
}

}  // namespace
}  // namespace f8net
