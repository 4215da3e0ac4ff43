// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/flips.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/analysis/real_network.h"
#include "core/analysis/sensitivity.h"
#include "core/base/error.h"
#include "tests/core/analysis/damaged_network.h"

namespace f8net {
namespace {

ptrdiff_t layer_of(const Flips& flips, const std::string& layer) {
    return std::find_if(flips.layers.begin(), flips.layers.end(),
                        [&](const LayerDeviation& each) { return each.layer == layer; }) -
           flips.layers.begin();
}

TEST(Flips, AreTheImagesOfWhichTheTwoNetworksSayDifferentThings) {
    const IntegerNetwork network = damaged_network();
    const auto integers = make_executor(network, "scalar", 1);
    const EvaluationSet set = small_images(40);
    const Flips flips = find_flips(network, *integers, set, 2);
    EXPECT_EQ(flips.images, 40);
    EXPECT_DOUBLE_EQ(flips.real_top1, analyze_sensitivity(network, set, 2).unrounded_top1);
    EXPECT_DOUBLE_EQ(flips.integer_top1, evaluate(set, {{integers.get()}}).modes[0].top1);

    std::set<int64_t> flipped;
    for (const FlippedImage& image : flips.flipped) {
        EXPECT_NE(image.real_class, image.integer_class);
        EXPECT_GE(image.real_margin, 0);
        EXPECT_GE(image.integer_margin, 0);
        EXPECT_GT(image.error_after, image.error_before);
        ASSERT_EQ(image.errors.size(), flips.layers.size());
        EXPECT_EQ(image.errors[static_cast<size_t>(layer_of(flips, image.grew_at))], image.error_after);
        EXPECT_EQ(image.label, image.image % 4);
        flipped.insert(image.image);
    }
    ASSERT_FALSE(flipped.empty());
    const RealNetwork real(network);
    RealNetwork::Outputs outputs;
    for_each_batch(set, 1, [&](const Batch& batch, int64_t image) {
        real.run(batch.pixels.data(), real.all_layers(false), outputs);
        const Logits logits = integers->run(batch.pixels, 1, nullptr);
        const auto real_class = std::max_element(outputs.back().begin(), outputs.back().end()) - outputs.back().begin();
        const auto integer_class =
            std::max_element(logits.integers.begin(), logits.integers.end()) - logits.integers.begin();
        EXPECT_EQ(flipped.contains(image), real_class != integer_class) << image;
    });
}

TEST(Flips, RankBothNetworksClassesByTheirProbability) {
    const IntegerNetwork network = damaged_network();
    const auto integers = make_executor(network, "scalar", 1);
    const EvaluationSet set = small_images(40);
    const Flips flips = find_flips(network, *integers, set, 1);
    ASSERT_FALSE(flips.flipped.empty());
    const auto classes = static_cast<size_t>(network.num_classes());
    for (const FlippedImage& image : flips.flipped) {
        const std::vector<uint8_t> pixels = load_batch(*set.dataset, set.transform, {&image.image, 1}, 1).pixels;
        const Logits logits = integers->run(pixels, 1, nullptr);
        for (const auto* top : {&image.real_top, &image.integer_top}) {
            ASSERT_EQ(top->size(), std::min(classes, FlippedImage::kRanked));
            double sum = 0;
            for (size_t i = 0; i < top->size(); ++i) {
                sum += (*top)[i].probability;
                if (i > 0) {
                    EXPECT_LE((*top)[i].probability, (*top)[i - 1].probability);
                }
                // Softmax: ratios of probabilities are exponentials of differences of logits.
                EXPECT_NEAR((*top)[0].probability / (*top)[i].probability, std::exp((*top)[0].logit - (*top)[i].logit),
                            1e-9 * (*top)[0].probability / (*top)[i].probability);
            }
            if (classes <= FlippedImage::kRanked) {
                EXPECT_NEAR(sum, 1, 1e-12);
            }
        }
        EXPECT_EQ(image.real_top[0].label, image.real_class);
        EXPECT_EQ(image.integer_top[0].label, image.integer_class);
        EXPECT_DOUBLE_EQ(image.real_top[0].logit - image.real_top[1].logit, image.real_margin);
        for (const RankedClass& each : image.integer_top) {
            EXPECT_DOUBLE_EQ(each.logit, logits.integers[static_cast<size_t>(each.label)] * logits.scale);
            if (each.label == image.real_class) {
                EXPECT_DOUBLE_EQ(image.confidence_lost, image.real_top[0].probability - each.probability);
            }
        }
    }
}

TEST(Flips, NameTheLayerWhereTheDifferenceGrew) {
    const IntegerNetwork network = damaged_network();
    const Flips flips = find_flips(network, *make_executor(network, "scalar", 1), small_images(40), 1);
    ASSERT_FALSE(flips.flipped.empty());
    for (const FlippedImage& image : flips.flipped) EXPECT_EQ(image.grew_at, kDamagedLayer);
    double largest = 0;
    for (size_t i = 1; i < flips.layers.size(); ++i) {
        largest = std::max(largest, flips.layers[i].relative_error - flips.layers[i - 1].relative_error);
    }
    const auto damaged = std::find_if(flips.layers.begin(), flips.layers.end(),
                                      [](const LayerDeviation& layer) { return layer.layer == kDamagedLayer; });
    ASSERT_NE(damaged, flips.layers.end());
    EXPECT_DOUBLE_EQ(damaged->relative_error - std::prev(damaged)->relative_error, largest);
    double sum = 0;
    for (const FlippedImage& image : flips.flipped) {
        sum += image.errors[static_cast<size_t>(layer_of(flips, kDamagedLayer))];
    }
    EXPECT_NEAR(damaged->relative_error_of_flipped, sum / static_cast<double>(flips.flipped.size()), 1e-12);
}

TEST(Flips, AreFewerWhereEveryLayerIsRoundedWell) {
    const IntegerNetwork network = small_network(true), damaged = damaged_network();
    const Flips few = find_flips(network, *make_executor(network, "scalar", 1), small_images(40), 2);
    const Flips many = find_flips(damaged, *make_executor(damaged, "scalar", 1), small_images(40), 2);
    EXPECT_LT(few.flipped.size(), many.flipped.size());
    EXPECT_EQ(few.real_top1, many.real_top1);
    bool is_behind = false;
    for (size_t i = 0; i < few.layers.size(); ++i) {
        is_behind |= few.layers[i].layer == kDamagedLayer;
        if (is_behind) {
            // The shortcut of this block does not read the damaged layer.
            EXPECT_LE(few.layers[i].relative_error, many.layers[i].relative_error) << few.layers[i].layer;
        } else {
            EXPECT_EQ(few.layers[i].relative_error, many.layers[i].relative_error) << few.layers[i].layer;
        }
    }
}

TEST(Flips, NeedRealWeights) {
    const IntegerNetwork network = small_network();
    EXPECT_THROW(find_flips(network, *make_executor(network, "scalar", 1), small_images(1), 1), DataError);
}

}  // namespace
}  // namespace f8net
