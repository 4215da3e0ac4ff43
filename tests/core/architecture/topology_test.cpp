// SPDX-License-Identifier: Apache-2.0
// The networks as the authors' program builds them: tests/golden/networks/topology.json.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/architecture/layer_graph.h"

namespace f8net {
namespace {

class Topology : public ::testing::TestWithParam<std::string> {};

TEST_P(Topology, EqualsTheAuthorsNetworkLayerByLayer) {
    std::ifstream file(F8NET_SOURCE_DIR "/tests/golden/networks/topology.json");
    const auto expected = nlohmann::json::parse(file).at(GetParam());
    ArchitectureOptions options;
    options.architecture = GetParam();
    options.width_multiplier = 0.25;
    options.image_size = 96;
    options.num_classes = 10;
    const LayerGraph graph = make_layer_graph(options);

    std::vector<int> convolutions;
    for (const int index : graph.weighted_layers()) {
        if (graph.layers[static_cast<size_t>(index)].kind == LayerKind::kConv) convolutions.push_back(index);
    }
    ASSERT_EQ(convolutions.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        const Layer& layer = graph.layers[static_cast<size_t>(convolutions[i])];
        const auto& row = expected[i];
        SCOPED_TRACE(layer.name);
        EXPECT_EQ(layer.name, row.at("name"));
        EXPECT_EQ(layer.in_channels, row.at("in_channels"));
        EXPECT_EQ(layer.out_channels, row.at("out_channels"));
        EXPECT_EQ(layer.window.kernel, row.at("kernel"));
        EXPECT_EQ(layer.window.stride, row.at("stride"));
        EXPECT_EQ(layer.window.padding, row.at("padding"));
        EXPECT_EQ(layer.groups, row.at("groups"));
        EXPECT_EQ(layer.input_is_signed, row.at("input_signed"));
        EXPECT_EQ(graph.layers[static_cast<size_t>(layer.clip_owner)].name, row.at("clip_owner"));
        EXPECT_EQ(graph.layers[static_cast<size_t>(layer.consumer)].name, row.at("following"));
        EXPECT_EQ(layer.reads_pixels, i == 0);
    }
    const Layer& classifier = graph.layers.back();
    EXPECT_EQ(classifier.name, "classifier.0");
    EXPECT_EQ(classifier.consumer, -1);
    EXPECT_EQ(classifier.clip_owner, static_cast<int>(graph.layers.size()) - 1);
    EXPECT_FALSE(classifier.input_is_signed);
}

INSTANTIATE_TEST_SUITE_P(Golden, Topology, ::testing::Values("resnet18", "resnet50", "mobilenet_v1", "mobilenet_v2"));

}  // namespace
}  // namespace f8net
