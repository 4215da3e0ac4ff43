// SPDX-License-Identifier: Apache-2.0
#include "core/lowering/lowering.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

using ::testing::HasSubstr;

LayerGraph small_graph(bool normalized = false) {
    ArchitectureOptions options;
    options.architecture = "mobilenet_v1";
    options.width_multiplier = 0.25;
    options.image_size = 96;
    options.num_classes = 10;
    options.normalized_input = normalized;
    return make_layer_graph(options);
}

TensorMap checkpoint() {
    return read_safetensors(F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v1.safetensors");
}

std::string error_of(const TensorMap& map, const LayerGraph& graph, const LoweringOptions& options = {}) {
    try {
        lower(map, graph, options);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Lowering, TakesOffThePrefixOfDataParallelTraining) {
    TensorMap plain;
    for (const auto& [name, tensor] : checkpoint().tensors)
        plain.set(name.substr(std::string("module.").size()), tensor);
    const IntegerNetwork with = lower(checkpoint(), small_graph(), {}), without = lower(plain, small_graph(), {});
    for (size_t i = 0; i < with.nodes.size(); ++i) EXPECT_EQ(with.nodes[i].weight_s8, without.nodes[i].weight_s8);
}

TEST(Lowering, NamesTheTensorThatIsMissingOrOfAnotherShape) {
    TensorMap map = checkpoint();
    map.tensors.erase("module.stage_1_layer_0.body.1.bn.running_var");
    EXPECT_THAT(error_of(map, small_graph()), HasSubstr("stage_1_layer_0.body.1.bn.running_var"));
    map = checkpoint();
    map.set("module.classifier.0.bias", HostTensor(DType::kF32, {11}));
    EXPECT_THAT(error_of(map, small_graph()), HasSubstr("classifier.0.bias"));
    map = checkpoint();
    map.set("module.stage_0_layer_0.body.0.input_fraclen", HostTensor::from<float>({8}, std::vector<float>(8, 4.0f)));
    EXPECT_THAT(error_of(map, small_graph()), HasSubstr("per channel"));
}

TEST(Lowering, NamesTheLayerWhoseNumbersAreNotFinite) {
    TensorMap map = checkpoint();
    map.tensors.at("module.stage_0_layer_0.body.1.bn.weight").as<float>()[3] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THAT(error_of(map, small_graph()), HasSubstr("stage_0_layer_0.body.1.bn.weight"));
    map = checkpoint();
    map.set("module.stage_0_layer_0.body.1.alpha", HostTensor::scalar(0.0f));
    EXPECT_THAT(error_of(map, small_graph()), HasSubstr("stage_0_layer_0.body.1.alpha"));
}

TEST(Lowering, RefusesAnAccumulatorOutsideInt32ByName) {
    TensorMap map = checkpoint();
    map.tensors.at("module.stage_4_layer_1.body.1.bn.bias").as<float>()[0] = 1e9f;
    EXPECT_THAT(error_of(map, small_graph()), HasSubstr("stage_4_layer_1.body.1"));
}

TEST(Lowering, WithoutClippingEveryScaleIsOne) {
    LoweringOptions options;
    options.clipping = false;
    options.weight_format = WeightFormatChoice::kGridSearch;
    const TensorMap map = checkpoint();
    const IntegerNetwork network = lower(map, small_graph(), options);
    const auto weight = map.values<float>("module.stage_0_layer_0.body.1.conv.weight");
    const auto gamma = map.values<float>("module.stage_0_layer_0.body.1.bn.weight");
    const auto variance = map.values<float>("module.stage_0_layer_0.body.1.bn.running_var");
    const IntegerNode& node = network.nodes[static_cast<size_t>(network.index_of("stage_0_layer_0.body.1"))];
    EXPECT_FLOAT_EQ(node.effective_weight[9], gamma[1] / std::sqrt(variance[1] + 1e-5f) * weight[9]);
}

TEST(Lowering, NormalizedInputNeedsItsNumbersAndGivesSignedCodes) {
    EXPECT_THAT(error_of(checkpoint(), small_graph(true)), HasSubstr("mean and std"));
    LoweringOptions options;
    options.normalization.mean = {0.485f, 0.456f, 0.406f};
    options.normalization.std = {0.229f, 0.224f, 0.225f};
    const IntegerNetwork network = lower(checkpoint(), small_graph(true), options);
    EXPECT_TRUE(network.input().input_format.is_signed);
    std::vector<uint8_t> pixels(static_cast<size_t>(network.input().output.size()), 255);
    pixels[0] = 0;
    const auto codes = input_codes(network, pixels.data());
    const float scale = std::ldexp(1.0f, network.input().fractional_length);
    EXPECT_EQ(codes[0], std::max(-127.0f, std::nearbyint((0 - 0.485f) / 0.229f * scale)));
    EXPECT_EQ(codes[4], std::min(127.0f, std::nearbyint((1 - 0.456f) / 0.224f * scale)));
}

TEST(Lowering, ClassifierRescaleOnlyMovesTheBias) {
    LoweringOptions options;
    options.classifier_rescale = WeightRescale::kNone;
    const IntegerNetwork plain = lower(checkpoint(), small_graph(), options);
    options.classifier_rescale = WeightRescale::kConstant;
    const IntegerNetwork rescaled = lower(checkpoint(), small_graph(), options);
    EXPECT_EQ(plain.output().weight_s8, rescaled.output().weight_s8);
    std::vector<float> codes;
    for (const int8_t code : plain.output().weight_s8) {
        codes.push_back(std::ldexp(static_cast<float>(code), -plain.output().weight_format.fractional_length));
    }
    // The plane is 3 x 3: the weights hold the pool's factor 8/9, which the rescale must not take out again.
    const double factor = 1 / std::sqrt(10.0) / (compute_statistic(codes, Statistic::kStd, "codes") * 9 / 8);
    EXPECT_NEAR(rescaled.output().effective_bias[2], plain.output().effective_bias[2] / factor, 1e-6 / factor);
}

TEST(Lowering, FloatingCheckpointNeedsAFractionalLengthFromOutside) {
    TensorMap map;
    for (const auto& [name, tensor] : checkpoint().tensors) {
        if (!name.ends_with("input_fraclen")) map.set(name, tensor);
    }
    EXPECT_THAT(error_of(map, small_graph()), HasSubstr("input_fraclen"));
    LoweringOptions options;
    options.missing_input_fractional_length = 6;
    EXPECT_EQ(lower(map, small_graph(), options).output().input_format.fractional_length, 6);
}

}  // namespace
}  // namespace f8net
