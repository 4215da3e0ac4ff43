// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/tensor_format.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/quantization/activation_quantizer.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

using torch::Tensor;

FractionalLengths recorded(const TensorMap& map, const std::string& name) {
    FractionalLengths lengths;
    for (const double value : map.at(name).to_double()) lengths.push_back(static_cast<int>(value));
    return lengths;
}

TEST(TensorFormat, LengthsAreTheRecordedOnesPerTensorPerChannelAndByGrid) {
    const TensorMap map = read_safetensors(std::string(F8NET_SOURCE_DIR) + "/tests/golden/format_choice.safetensors");
    const std::pair<const char*, Statistic> statistics[] = {
        {"std", Statistic::kStd}, {"mae", Statistic::kMae}, {"rms", Statistic::kRms}};
    int checked = 0;
    for (const auto& [name, host] : map.tensors) {
        if (!name.ends_with(".x")) continue;
        const std::string base = name.substr(0, name.size() - 1);
        const Tensor x = torch::tensor(host.to_float()).view(host.shape);
        for (const bool is_signed : {true, false}) {
            const CodeRange range{8, is_signed};
            const std::string suffix = is_signed ? "_s" : "_u";
            for (const auto& [word, statistic] : statistics) {
                const std::string key = base + word + suffix;
                for (const auto& [entry, axis] :
                     {std::pair{".fl", -1}, std::pair{".fl_axis0", 0}, std::pair{".fl_axis1", 1}}) {
                    if (!map.contains(key + entry)) continue;
                    EXPECT_EQ(choose_fractional_lengths(x, range, FormatPolicy::kStatistics, statistic,
                                                        axis < 0 ? Granularity::kPerTensor : Granularity::kPerChannel,
                                                        std::max(axis, 0), key),
                              recorded(map, key + entry))
                        << key << entry;
                    ++checked;
                }
            }
            if (map.contains(base + "grid" + suffix + ".fl")) {
                EXPECT_EQ(choose_fractional_lengths(x, range, FormatPolicy::kGridSearch, Statistic::kStd,
                                                    Granularity::kPerTensor, 0, base),
                          recorded(map, base + "grid" + suffix + ".fl"))
                    << base << "grid" << suffix;
                const std::vector<double> errors = map.at(base + "grid" + suffix + ".error").to_double();
                const std::vector<double> ours = grid_errors(x, range);
                ASSERT_EQ(ours.size(), errors.size());
                const double largest = *std::max_element(errors.begin(), errors.end());
                for (size_t k = 0; k < errors.size(); ++k) EXPECT_NEAR(ours[k], errors[k], 1e-5 * largest) << base << k;
                ++checked;
            }
        }
    }
    EXPECT_GT(checked, 400);
}

TEST(TensorFormat, NotANumberNamesTheTensor) {
    const Tensor x = torch::tensor({1.0f, NAN});
    try {
        choose_fractional_lengths(x, {8, false}, FormatPolicy::kStatistics, Statistic::kStd, Granularity::kPerTensor, 0,
                                  "head.0: input");
        FAIL() << "no error";
    } catch (const NumericError& error) {
        EXPECT_NE(std::string(error.what()).find("head.0: input"), std::string::npos);
    }
    EXPECT_THROW(choose_fractional_lengths(x, {6, false}, FormatPolicy::kStatistics, Statistic::kStd,
                                           Granularity::kPerTensor, 0, "x"),
                 ConfigError);
}

TEST(RunningLengths, AverageTheLengthNotTheStatistic) {
    RunningLengths running(1, 6);
    running.update({8}, 0.1);
    EXPECT_FLOAT_EQ(static_cast<float>(running.values()[0]), 6.2f);
    running.set({6.5}, "x");
    EXPECT_EQ(running.rounded(8), FractionalLengths{6});  // half to even
    running.set({7.5}, "x");
    EXPECT_EQ(running.rounded(7), FractionalLengths{7});  // clamped to the largest
    EXPECT_THROW(running.set({1, 2, 3}, "x"), ShapeError);
}

TEST(ActivationQuantizer, OwnScaleUsesTheLengthAfterThisBatch) {
    QuantizationConfig settings;
    settings.momentum = 1.0;  // the batch's length replaces the buffer
    const auto clip = std::make_shared<ClipLevel>(ClipLevel{torch::tensor(8.0f).requires_grad_()});
    ActivationQuantizer::Options options;
    options.layer = "layer";
    ActivationQuantizer quantizer(options, settings, clip, std::make_shared<RunningLengths>(1, 6));
    EXPECT_FLOAT_EQ(quantizer.clip_scale(NumericMode::kFakeQuant).item<float>(), 64.0f * 8.0f / 255.0f);
    torch::manual_seed(1);
    const auto result = quantizer.quantize(torch::randn({1000}) * 10, NumericMode::kFakeQuant, true);
    EXPECT_EQ(result.lengths.read(), FractionalLengths{2});  // 70 / 10 = 7, log2 = 2.8
    EXPECT_FLOAT_EQ(quantizer.clip_scale(NumericMode::kFakeQuant).item<float>(), 4.0f * 8.0f / 255.0f);
}

}  // namespace
}  // namespace f8net
