// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/analysis/verification.h"
#include "tests/core/analysis/small_network.h"

namespace f8net {
namespace {

/// First byte of each image: its number.
PixelSource numbered_pixels(const Shape& input) {
    return [input, random = random_pixels(input, 3)](int64_t first, int64_t count) {
        std::vector<uint8_t> pixels = random(first, count);
        for (int64_t i = 0; i < count; ++i)
            pixels[static_cast<size_t>(i * input.size())] = static_cast<uint8_t>(first + i);
        return pixels;
    };
}

TEST(Agreement, EqualPathsAreEqualOnAllImages) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    const auto other = make_executor(network, "scalar", 2);
    const PathComparison comparison = compare_paths(*law, *other, numbered_pixels(network.input().output), 9, 4);
    EXPECT_TRUE(comparison.equal());
    EXPECT_EQ(comparison.images, 9);
}

TEST(Agreement, NamesImageLayerElementAndBothValuesOfOneBit) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    const std::string layer = "stage_1_layer_0.body.1";
    const Shape shape = network.nodes[static_cast<size_t>(network.index_of(layer))].output;
    ASSERT_GT(shape.height, 1);
    const int64_t row = 1, column = 2, channel = 3;
    InjectedFault fault;
    fault.layer = layer;
    fault.element = (row * shape.width + column) * shape.channels + channel;
    fault.only_pixel = 5;  // the sixth image
    FaultyEvaluator other(network, NumericMode::kSimulatedInteger, fault);

    const PathComparison comparison = compare_paths(*law, other, numbered_pixels(network.input().output), 9, 4);
    ASSERT_FALSE(comparison.equal());
    const CodeDifference& difference = *comparison.first_difference;
    EXPECT_EQ(difference.image, 5);
    EXPECT_EQ(difference.layer, layer);
    EXPECT_EQ(difference.tensor, "acc");
    EXPECT_EQ(difference.row, row);
    EXPECT_EQ(difference.column, column);
    EXPECT_EQ(difference.channel, channel);
    ASSERT_TRUE(difference.expected && difference.got);
    EXPECT_EQ(*difference.got, *difference.expected + 1);
    EXPECT_THAT(difference.description(), testing::HasSubstr(layer + ", acc[3, 1, 2]"));
}

TEST(Agreement, SeesADifferenceInCodesToo) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    InjectedFault fault;
    fault.layer = "classifier.0";
    fault.in_codes = true;
    fault.only_pixel = 0;
    fault.delta = -1;
    FaultyEvaluator other(network, NumericMode::kIntegerFloat, fault);
    const PathComparison comparison = compare_paths(*law, other, numbered_pixels(network.input().output), 3, 4);
    ASSERT_FALSE(comparison.equal());
    EXPECT_EQ(comparison.first_difference->layer, "classifier.0");
    EXPECT_EQ(comparison.first_difference->tensor, "code");
    EXPECT_EQ(comparison.first_difference->image, 0);
}

/// Reports nothing of its layers.
class Silent final : public ModeEvaluator {
public:
    explicit Silent(const IntegerNetwork& network) : executor_(make_executor(network, "scalar", 1)) {}
    NumericMode mode() const override { return NumericMode::kIntegerFloat; }
    std::string path() const override { return "silent"; }
    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace*) override {
        return executor_->run(pixels, images, nullptr);
    }

private:
    std::unique_ptr<Executor> executor_;
};

TEST(Agreement, APathThatDoesNotReportALayerDoesNotPass) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    Silent silent(network);
    const PathComparison comparison = compare_paths(*law, silent, numbered_pixels(network.input().output), 2, 2);
    ASSERT_FALSE(comparison.equal());
    EXPECT_FALSE(comparison.first_difference->got.has_value());
}

TEST(Agreement, OfAPathThatShowsOnlyPartOfItsLayersThatPartIsCompared) {
    const IntegerNetwork network = small_network();
    const auto law = make_executor(network, "scalar", 1);
    const PixelSource pixels = numbered_pixels(network.input().output);
    Silent silent(network);
    EXPECT_TRUE(compare_paths(*law, silent, pixels, 2, 2, TraceCoverage::kWhatItShows).equal());

    InjectedFault fault;
    fault.layer = "stage_1_layer_0.body.1";
    fault.only_pixel = 1;
    FaultyEvaluator faulty(network, NumericMode::kIntegerFloat, fault);
    const PathComparison comparison = compare_paths(*law, faulty, pixels, 3, 2, TraceCoverage::kWhatItShows);
    ASSERT_FALSE(comparison.equal());
    EXPECT_EQ(comparison.first_difference->image, 1);
    EXPECT_EQ(comparison.first_difference->layer, fault.layer);
}

}  // namespace
}  // namespace f8net
