// SPDX-License-Identifier: Apache-2.0
// The proof that every layer has got its own weights: the logits of the libraries' own forward.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "core/run/experiment_mapping.h"
#include "core/tensorfile/safetensors.h"
#include "core/training/module_evaluator.h"
#include "tests/core/pretrained/names_file.h"

namespace f8net {
namespace {

struct Narrow {
    const char* names;
    const char* architecture;
};

class ForeignForward : public ::testing::TestWithParam<Narrow> {};

TEST_P(ForeignForward, FloatLogitsAreThoseOfTheLibrary) {
    Experiment experiment;
    experiment.network.architecture = GetParam().architecture;
    experiment.network.width_multiplier = 0.125;
    experiment.network.stem = NetworkStem::kImageNet;
    experiment.network.image_size = 64;
    experiment.network.input_channels = 3;
    experiment.network.num_classes = 10;
    experiment.data.normalize = true;
    experiment.quantization.mode = NumericMode::kFloatUnclipped;
    experiment.quantization.rescale_forward = false;
    const std::string stem = std::string("narrow_") + GetParam().names;
    const TensorMap recorded = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/pretrained/" + stem + ".safetensors");

    const PretrainedWeights weights = translate_pretrained(testing::load_names(stem, true), layer_graph_of(experiment),
                                                           pretrained_options(experiment, stem));
    const auto evaluator =
        make_module_evaluator(NumericMode::kFloatUnclipped, weights.state, experiment, torch::Device(torch::kCPU));
    // The library read N C H W.
    const auto planes = recorded.values<uint8_t>("images");
    constexpr size_t kImages = 4, kSize = 64 * 64, kChannels = 3;
    std::vector<uint8_t> pixels(planes.size());
    for (size_t image = 0; image < kImages; ++image) {
        for (size_t channel = 0; channel < kChannels; ++channel) {
            for (size_t at = 0; at < kSize; ++at)
                pixels[(image * kSize + at) * kChannels + channel] = planes[(image * kChannels + channel) * kSize + at];
        }
    }
    const Logits logits = evaluator->run(pixels, kImages, nullptr);
    const auto expected = recorded.values<float>("logits");
    ASSERT_EQ(logits.values.size(), expected.size());
    float largest = 0, spread = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(expected[i]));
        spread = std::max(spread, std::abs(expected[i] - expected[i % 10]));
    }
    const float tolerance = 1e-5f * largest;
    ASSERT_GT(spread, 50 * tolerance) << "logits that are alike for all images prove nothing";
    for (size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(static_cast<double>(logits.values[i]) * logits.scale, expected[i], tolerance) << i;
}

INSTANTIATE_TEST_SUITE_P(
    Pretrained, ForeignForward,
    ::testing::Values(Narrow{"torchvision_resnet18", "resnet18"}, Narrow{"torchvision_resnet50", "resnet50"},
                      Narrow{"torchvision_mobilenet_v2", "mobilenet_v2"}, Narrow{"pytorchcv_resnet50", "resnet50"},
                      Narrow{"pytorchcv_mobilenet_v1", "mobilenet_v1"},
                      Narrow{"pytorchcv_mobilenet_v2", "mobilenet_v2"}, Narrow{"timm_mobilenet_v1", "mobilenet_v1"}),
    [](const auto& each) { return std::string(each.param.names); });

}  // namespace
}  // namespace f8net
