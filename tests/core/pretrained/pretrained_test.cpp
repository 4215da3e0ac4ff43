// SPDX-License-Identifier: Apache-2.0
#include "core/pretrained/pretrained.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "core/base/error.h"
#include "core/tensorfile/checkpoint_file.h"
#include "tests/core/pretrained/names_file.h"

namespace f8net {
namespace {

using namespace f8net::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

LayerGraph graph_of(const std::string& architecture, int num_classes = 1000, int input_channels = 3) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.num_classes = num_classes;
    options.input_channels = input_channels;
    return make_layer_graph(options);
}

std::string error_of(const TensorMap& file, const LayerGraph& graph, const PretrainedOptions& options = {}) {
    try {
        translate_pretrained(file, graph, options);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

/// Marks each tensor of more than one element with the place of its name, so that it is known again.
void number_tensors(TensorMap& map) {
    float number = 0;
    for (auto& [name, tensor] : map.tensors) {
        number += 1;
        if (tensor.dtype == DType::kF32 && !tensor.bytes.empty()) tensor.as<float>()[0] = number;
    }
}

struct Published {
    const char* names;
    const char* architecture;
    const char* recognised;
};

class EveryOrigin : public ::testing::TestWithParam<Published> {};

TEST_P(EveryOrigin, IsRecognisedAndEveryTensorFindsItsLayer) {
    const LayerGraph graph = graph_of(GetParam().architecture);
    TensorMap file = load_names(GetParam().names);
    number_tensors(file);
    const PretrainedWeights weights = translate_pretrained(file, graph, {});
    EXPECT_THAT(weights.recognised, HasSubstr(std::string(" as ") + GetParam().recognised));
    EXPECT_THAT(weights.missing, IsEmpty());
    EXPECT_THAT(weights.unknown, IsEmpty());
    std::set<float> used;
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        SCOPED_TRACE(layer.name);
        EXPECT_EQ(weights.state.at(layer.name + ".alpha").item(), 8);
        if (layer.kind == LayerKind::kLinear) {
            EXPECT_EQ(weights.state.at(layer.name + ".weight").shape, layer.weight_shape());
            EXPECT_EQ(weights.state.at(layer.name + ".bias").num_elements(), 1000);
            continue;
        }
        EXPECT_EQ(weights.state.at(layer.name + ".conv.weight").shape, layer.weight_shape());
        EXPECT_TRUE(used.insert(weights.state.at(layer.name + ".conv.weight").as<float>()[0]).second);
        for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
            const HostTensor& tensor = weights.state.at(layer.name + ".bn." + part);
            EXPECT_EQ(tensor.num_elements(), layer.out_channels);
            EXPECT_TRUE(used.insert(tensor.as<float>()[0]).second) << part;
        }
        EXPECT_EQ(weights.state.at(layer.name + ".bn.num_batches_tracked").item(), 0);
    }
}

TEST_P(EveryOrigin, NamedAsOriginGivesTheSameAsAuto) {
    const LayerGraph graph = graph_of(GetParam().architecture);
    TensorMap file = load_names(GetParam().names);
    number_tensors(file);
    const std::string name = GetParam().names;
    PretrainedOptions options;
    options.origin = name.substr(0, name.find('_'));
    EXPECT_EQ(translate_pretrained(file, graph, options).state.tensors,
              translate_pretrained(file, graph, {}).state.tensors);
}

INSTANTIATE_TEST_SUITE_P(
    Pretrained, EveryOrigin,
    ::testing::Values(Published{"torchvision_resnet18", "resnet18", "torchvision (also timm, nvidia)"},
                      Published{"torchvision_resnet34", "resnet34", "torchvision"},
                      Published{"torchvision_resnet50", "resnet50", "torchvision"},
                      Published{"torchvision_resnet101", "resnet101", "torchvision"},
                      Published{"torchvision_resnet152", "resnet152", "torchvision"},
                      Published{"torchvision_mobilenet_v2", "mobilenet_v2", "torchvision names"},
                      Published{"timm_resnet34", "resnet34", "torchvision (also timm"},
                      Published{"timm_mobilenet_v1", "mobilenet_v1", "timm"},
                      Published{"timm_mobilenet_v2", "mobilenet_v2", "timm"},
                      Published{"pytorchcv_resnet18", "resnet18", "pytorchcv"},
                      Published{"pytorchcv_resnet50", "resnet50", "pytorchcv"},
                      Published{"pytorchcv_mobilenet_v1", "mobilenet_v1", "pytorchcv"},
                      Published{"pytorchcv_mobilenet_v2", "mobilenet_v2", "pytorchcv"},
                      Published{"nvidia_resnet50", "resnet50", "nvidia"},
                      Published{"hawq_resnet18", "resnet18", "hawq"}, Published{"hawq_resnet50", "resnet50", "hawq"},
                      Published{"hawq_mobilenet_v2", "mobilenet_v2", "hawq"}),
    [](const auto& each) { return std::string(each.param.names); });

TEST(Pretrained, PublishedFilesOfNvidiaHaveTorchvisionsNames) {
    PretrainedOptions options;
    options.origin = "nvidia";
    EXPECT_THAT(translate_pretrained(load_names("torchvision_resnet50"), graph_of("resnet50"), options).recognised,
                HasSubstr("nvidia"));
}

TEST(Pretrained, OurOwnNamesPassWithTheirFormatsAndWithoutTheOptimizer) {
    ArchitectureOptions narrow;
    narrow.architecture = "mobilenet_v2";
    narrow.width_multiplier = 0.25;
    narrow.image_size = 96;
    narrow.num_classes = 10;
    TensorMap file = load_checkpoint_file(F8NET_SOURCE_DIR "/tests/golden/networks/mobilenet_v2_latest_checkpoint.pth");
    TensorMap wrapped = file;
    const size_t count = file.tensors.size();
    file.set("optimizer.momentum.head.0.conv.weight", HostTensor::scalar(1.0f));
    for (PretrainedOptions options : {PretrainedOptions{}, PretrainedOptions{"f8net", true, {}, 8}}) {
        const PretrainedWeights weights = translate_pretrained(file, make_layer_graph(narrow), options);
        EXPECT_THAT(weights.recognised, HasSubstr("as f8net names it"));
        ASSERT_EQ(weights.state.tensors.size(), count);
        for (const auto& [name, tensor] : weights.state.tensors) EXPECT_EQ(wrapped.at("module." + name), tensor);
    }
}

TEST(Pretrained, WrappersOfParallelAndCompiledModulesAreTakenOff) {
    TensorMap file = load_names("torchvision_resnet18"), wrapped;
    wrapped.source = file.source;
    for (auto& [name, tensor] : file.tensors) wrapped.set("module._orig_mod." + name, tensor);
    EXPECT_EQ(translate_pretrained(wrapped, graph_of("resnet18"), {}).state.tensors,
              translate_pretrained(file, graph_of("resnet18"), {}).state.tensors);
}

TEST(Pretrained, OtherPrecisionsBecomeFloat32AndCodesAreRefused) {
    TensorMap file = load_names("torchvision_resnet18", true);
    const TensorMap expected = translate_pretrained(file, graph_of("resnet18"), {}).state;
    HostTensor& weight = file.tensors["conv1.weight"];
    weight = HostTensor::from<double>(weight.shape, weight.to_double());
    EXPECT_EQ(translate_pretrained(file, graph_of("resnet18"), {}).state.tensors, expected.tensors);
    weight = HostTensor(DType::kI8, weight.shape);
    EXPECT_THAT(error_of(file, graph_of("resnet18")), AllOf(HasSubstr("'conv1.weight' is I8"), HasSubstr("floating")));
}

TEST(Pretrained, AnotherArchitectureIsNamedWithTheFirstLayerThatDiffers) {
    EXPECT_THAT(
        error_of(load_names("torchvision_resnet34"), graph_of("resnet18")),
        AllOf(HasSubstr("torchvision_resnet34.pth: not the weights of resnet18"),
              HasSubstr("stage_1_layer_0.body.0 ('layer1.2.conv1.weight') is [64, 64, 3, 3], expected [128, 64"),
              HasSubstr("16 blocks, expected 8"), HasSubstr("it holds resnet34 as torchvision names it")));
    EXPECT_THAT(error_of(load_names("torchvision_resnet18"), graph_of("resnet34")),
                AllOf(HasSubstr("8 blocks, expected 16"), HasSubstr("it holds resnet18")));
    EXPECT_THAT(error_of(load_names("torchvision_resnet50"), graph_of("resnet34")),
                AllOf(HasSubstr("stage_0_layer_0.body.0"), HasSubstr("[64, 64, 1, 1], expected [64, 64, 3, 3]"),
                      HasSubstr("'layer1.0.conv3.weight' has no layer here"), HasSubstr("it holds resnet50")));
    EXPECT_THAT(error_of(load_names("torchvision_resnet34"), graph_of("resnet50")),
                HasSubstr("the file holds resnet34"));
    EXPECT_THAT(error_of(load_names("timm_mobilenet_v1"), graph_of("resnet18")),
                AllOf(HasSubstr("not those of resnet18"), HasSubstr("it holds mobilenet_v1 as timm names it")));
    EXPECT_THAT(error_of(load_names("pytorchcv_mobilenet_v2"), graph_of("mobilenet_v1")),
                HasSubstr("it holds mobilenet_v2 as pytorchcv names it"));
    // The variant with an expansion in the first block is not the network that is here.
    EXPECT_THAT(error_of(load_names("pytorchcv_mobilenet_v2_expanded"), graph_of("mobilenet_v2")),
                HasSubstr("'features.stage1.unit1.conv1.conv.weight' has no layer here"));
    // Tolerance is for tensors, not for blocks; our own names are no exception.
    PretrainedOptions tolerant;
    tolerant.is_strict = false;
    EXPECT_THAT(error_of(load_names("torchvision_resnet34"), graph_of("resnet18"), tolerant), HasSubstr("blocks"));
    const TensorMap ours = translate_pretrained(load_names("torchvision_resnet34"), graph_of("resnet34"), {}).state;
    EXPECT_THAT(error_of(ours, graph_of("resnet18"), tolerant),
                AllOf(HasSubstr("16 blocks, expected 8"), HasSubstr("it holds resnet34 as f8net names it")));
}

TEST(Pretrained, AnOriginThatDoesNotFitNamesTheFirstKey) {
    PretrainedOptions options;
    options.origin = "pytorchcv";
    EXPECT_THAT(
        error_of(load_names("torchvision_resnet18"), graph_of("resnet18"), options),
        AllOf(HasSubstr("network.pretrained_origin is pytorchcv"), HasSubstr("'features.init_block.conv.conv.weight'"),
              HasSubstr("its first is 'bn1.bias'"), HasSubstr("it holds resnet18 as torchvision names it")));
    options.origin = "torchvision";
    EXPECT_THAT(error_of(load_names("timm_mobilenet_v1"), graph_of("mobilenet_v1"), options),
                HasSubstr("torchvision, which has no mobilenet_v1"));
    TensorMap nobody;
    nobody.source = "x.pth";
    nobody.set("backbone.weight", HostTensor(DType::kF32, {3}));
    EXPECT_THAT(error_of(nobody, graph_of("resnet18")),
                AllOf(HasSubstr("x.pth"), HasSubstr("'backbone.weight'"), HasSubstr("network.pretrained_remap")));
}

TEST(Pretrained, AClassifierOfOtherClassesNamesBothShapesAndTheWayOut) {
    const TensorMap file = load_names("torchvision_resnet18");
    EXPECT_THAT(error_of(file, graph_of("resnet18", 10)),
                AllOf(HasSubstr("classifier.0: 'fc.weight' is [1000, 512], expected [10, 512]"),
                      HasSubstr("network.num_classes is 10"), HasSubstr("network.pretrained_remap: [fc=]")));
    PretrainedOptions way_out;
    way_out.remap = {"fc="};
    way_out.is_strict = false;
    const PretrainedWeights weights = translate_pretrained(file, graph_of("resnet18", 10), way_out);
    EXPECT_THAT(weights.missing, ::testing::ElementsAre("classifier.0.weight", "classifier.0.bias"));
    EXPECT_FALSE(weights.state.contains("classifier.0.weight"));
}

TEST(Pretrained, WidthsAndChannelsThatDifferNameTheLayerAndBothShapes) {
    EXPECT_THAT(error_of(load_names("torchvision_resnet18"), graph_of("resnet18", 1000, 1)),
                AllOf(HasSubstr("head.0: 'conv1.weight' is [64, 3, 7, 7], expected [64, 1, 7, 7]"),
                      HasSubstr("network.input_channels")));
    ArchitectureOptions narrow;
    narrow.architecture = "resnet18";
    narrow.width_multiplier = 0.25;
    EXPECT_THAT(error_of(load_names("torchvision_resnet18"), make_layer_graph(narrow)),
                AllOf(HasSubstr("'conv1.weight' is [64, 3, 7, 7], expected [16, 3, 7, 7]"),
                      HasSubstr("network.width_multiplier")));
}

TEST(Pretrained, StrictNeedsEveryTensorAndTolerantReports) {
    TensorMap file = load_names("torchvision_resnet18");
    file.tensors.erase("layer2.0.bn1.bias");
    file.set("ema.decay", HostTensor::scalar(0.9f));
    EXPECT_THAT(error_of(file, graph_of("resnet18")),
                AllOf(HasSubstr("'layer2.0.bn1.bias'"), HasSubstr("stage_1_layer_0.body.0.bn.bias")));
    PretrainedOptions tolerant;
    tolerant.is_strict = false;
    const PretrainedWeights weights = translate_pretrained(file, graph_of("resnet18"), tolerant);
    EXPECT_THAT(weights.missing, ::testing::ElementsAre("stage_1_layer_0.body.0.bn.bias"));
    EXPECT_THAT(weights.unknown, ::testing::ElementsAre("ema.decay"));
    file.set("layer2.0.bn1.bias", HostTensor(DType::kF32, {128}));
    EXPECT_THAT(error_of(file, graph_of("resnet18")), HasSubstr("'ema.decay' is not part of resnet18"));
    file.set("bn1.num_batches_tracked", HostTensor(DType::kI64, {0}));
    EXPECT_THAT(error_of(file, graph_of("resnet18"), tolerant), HasSubstr("'bn1.num_batches_tracked' is I64 [0]"));
    // Files of before num_batches_tracked, and convolutions that batch norm was folded into.
    file.tensors.erase("ema.decay");
    std::erase_if(file.tensors, [](const auto& entry) { return entry.first.ends_with("num_batches_tracked"); });
    EXPECT_EQ(error_of(file, graph_of("resnet18")), "no error");
    file.set("layer2.0.conv1.bias", HostTensor(DType::kF32, {128}));
    EXPECT_THAT(error_of(file, graph_of("resnet18"), tolerant), HasSubstr("folded in"));
}

TEST(Pretrained, RemapNamesModulesByHand) {
    TensorMap file = load_names("torchvision_resnet18"), renamed;
    number_tensors(file);
    renamed.source = file.source;
    for (const auto& [name, tensor] : file.tensors)
        renamed.set(name.starts_with("fc.") ? "head." + name : name == "conv1.weight" ? "stem.w" : name, tensor);
    PretrainedOptions options;
    options.remap = {"head.fc=fc", "stem.w=conv1.weight"};
    EXPECT_EQ(translate_pretrained(renamed, graph_of("resnet18"), options).state.tensors,
              translate_pretrained(file, graph_of("resnet18"), {}).state.tensors);
    options.remap = {"head.fd=fc"};
    EXPECT_THAT(error_of(renamed, graph_of("resnet18"), options),
                AllOf(HasSubstr("network.pretrained_remap holds 'head.fd=fc'"), HasSubstr("did you mean 'head.fc'")));
    options.remap = {"head.fc=bn1"};
    EXPECT_THAT(error_of(renamed, graph_of("resnet18"), options), HasSubstr("two tensors become 'bn1."));
    // All of them, to our names.
    TensorMap ours = translate_pretrained(file, graph_of("resnet18"), {}).state;
    options.remap.clear();
    TensorMap strange;
    for (auto& [name, tensor] : ours.tensors) {
        const std::string module = name.substr(0, name.rfind('.'));
        strange.set("m" + std::to_string(std::hash<std::string>()(module)) + name.substr(name.rfind('.')), tensor);
        options.remap.push_back("m" + std::to_string(std::hash<std::string>()(module)) + "=" + module);
    }
    std::sort(options.remap.begin(), options.remap.end());
    options.remap.erase(std::unique(options.remap.begin(), options.remap.end()), options.remap.end());
    EXPECT_EQ(translate_pretrained(strange, graph_of("resnet18"), options).state.tensors, ours.tensors);
}

}  // namespace
}  // namespace f8net
