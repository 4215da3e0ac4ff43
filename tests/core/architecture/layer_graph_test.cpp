// SPDX-License-Identifier: Apache-2.0
#include "core/architecture/layer_graph.h"

#include <gmock/gmock.h>

#include "core/base/error.h"

namespace f8net {
namespace {

using ::testing::HasSubstr;

ArchitectureOptions options_of(const std::string& architecture) {
    ArchitectureOptions options;
    options.architecture = architecture;
    return options;
}

struct FullWidth {
    std::string architecture;
    double gmacs;
    int64_t parameters;
};

class FullWidthCounts : public ::testing::TestWithParam<FullWidth> {};

// Parameters: torchvision's models of these names (V1: Howard et al. with batch norm); multiplications at 224 pixels.
TEST_P(FullWidthCounts, ArePublishedOnes) {
    const LayerGraph graph = make_layer_graph(options_of(GetParam().architecture));
    EXPECT_EQ(graph.parameters(), GetParam().parameters);
    EXPECT_NEAR(static_cast<double>(graph.macs()) * 1e-9, GetParam().gmacs, 0.0006);
}

INSTANTIATE_TEST_SUITE_P(
    All, FullWidthCounts,
    ::testing::Values(FullWidth{"resnet18", 1.814, 11689512}, FullWidth{"resnet34", 3.664, 21797672},
                      FullWidth{"resnet50", 4.089, 25557032}, FullWidth{"resnet101", 7.802, 44549160},
                      FullWidth{"resnet152", 11.514, 60192808}, FullWidth{"mobilenet_v1", 0.569, 4231976},
                      FullWidth{"mobilenet_v2", 0.301, 3504872}),
    [](const auto& each) { return each.param.architecture; });

TEST(LayerGraph, ImageNetStemEndsInSevenBySeven) {
    for (const std::string& name : known_architectures()) {
        const LayerGraph graph = make_layer_graph(options_of(name));
        const Layer& pool = graph.layer("pool");
        EXPECT_EQ(pool.window.kernel, 7) << name;
        EXPECT_EQ(graph.layers.back().in_channels, pool.output.channels) << name;
    }
}

TEST(LayerGraph, SmallStemKeepsTheResolutionOfSmallImages) {
    struct Case {
        int image, resnet, mobilenet;
    };
    // ResNet halves three times, MobileNets too: 28 -> 14 -> 7 -> 4.
    for (const Case& each : {Case{28, 4, 4}, Case{32, 4, 4}, Case{64, 8, 8}}) {
        for (const std::string& name : known_architectures()) {
            ArchitectureOptions options = options_of(name);
            options.stem = Stem::kSmall;
            options.image_size = each.image;
            options.input_channels = 1;
            const LayerGraph graph = make_layer_graph(options);
            EXPECT_EQ(graph.layer("pool").window.kernel, name.starts_with("resnet") ? each.resnet : each.mobilenet)
                << name;
            EXPECT_EQ(graph.layer("head.0").output.height, each.image) << name;
            EXPECT_EQ(graph.layer("head.0").window.kernel, 3) << name;
            EXPECT_EQ(graph.index_of("head.max_pool"), -1) << name;
            EXPECT_EQ(graph.layer("head.0").in_channels, 1) << name;
        }
    }
}

TEST(LayerGraph, NormalizedInputIsSignedAndQuantizedLikeAnyOther) {
    ArchitectureOptions options = options_of("resnet18");
    EXPECT_TRUE(make_layer_graph(options).layer("head.0").reads_pixels);
    options.normalized_input = true;
    const LayerGraph graph = make_layer_graph(options);
    EXPECT_FALSE(graph.layer("head.0").reads_pixels);
    EXPECT_TRUE(graph.layer("head.0").input_is_signed);
}

TEST(LayerGraph, FullWidthMobileNetV2HasNoIdentityInItsFirstStage) {
    const LayerGraph graph = make_layer_graph(options_of("mobilenet_v2"));
    EXPECT_EQ(graph.index_of("stage_0_layer_0.add"), -1);
    const Layer& expansion = graph.layer("stage_1_layer_0.body.0");
    EXPECT_EQ(graph.layers[static_cast<size_t>(expansion.clip_owner)].name, "stage_1_layer_0.body.0");
}

TEST(LayerGraph, NamesTheNearestArchitectureAndLayer) {
    try {
        make_layer_graph(options_of("resnet-18"));
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("did you mean 'resnet18'"));
    }
    try {
        make_layer_graph(options_of("resnet18")).layer("stage_0_layer_0.body.7");
        FAIL();
    } catch (const DataError& error) {
        EXPECT_THAT(error.what(), HasSubstr("did you mean 'stage_0_layer_0.body."));
    }
}

TEST(LayerGraph, RefusesWhatCannotBeBuilt) {
    ArchitectureOptions options = options_of("mobilenet_v2");
    options.image_size = 8;
    EXPECT_THROW(make_layer_graph(options), ConfigError);
    options = options_of("resnet18");
    options.width_multiplier = 0;
    EXPECT_THROW(make_layer_graph(options), ConfigError);
    options = options_of("resnet18");
    options.num_classes = 0;
    EXPECT_THROW(make_layer_graph(options), ConfigError);
}

}  // namespace
}  // namespace f8net
