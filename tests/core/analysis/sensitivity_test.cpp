// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/sensitivity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/error.h"
#include "tests/core/analysis/damaged_network.h"

namespace f8net {
namespace {

const LayerSensitivity& layer_of(const Sensitivity& sensitivity, const std::string& name) {
    for (const LayerSensitivity& layer : sensitivity.layers) {
        if (layer.layer == name) return layer;
    }
    throw DataError(name);
}

TEST(Sensitivity, BlamesTheLayerThatIsPoorlyRounded) {
    const Sensitivity sensitivity = analyze_sensitivity(damaged_network(), small_images(12), 2);
    EXPECT_EQ(sensitivity.images, 12);
    const LayerSensitivity& damaged = layer_of(sensitivity, kDamagedLayer);
    for (const LayerSensitivity& layer : sensitivity.layers) {
        EXPECT_TRUE(std::isfinite(layer.without.sqnr_db)) << layer.layer;
        if (layer.layer == kDamagedLayer) continue;
        EXPECT_GT(layer.alone.sqnr_db, damaged.alone.sqnr_db + 3) << layer.layer;
        EXPECT_LT(layer.without.sqnr_db, damaged.without.sqnr_db - 3) << layer.layer;
    }
}

TEST(Sensitivity, ALayerWhoseIntegersAreItsRealWeightsCostsNothing) {
    IntegerNetwork network = small_network(true);
    IntegerNode& head = network.nodes[1];  // reads pixels, which rounding does not change
    for (size_t i = 0; i < head.weight_s8.size(); ++i) {
        head.effective_weight[i] = static_cast<float>(head.weight_s8[i] * head.weight_format.scale());
    }
    for (size_t i = 0; i < head.bias_s32.size(); ++i) {
        head.effective_bias[i] = static_cast<float>(std::ldexp(head.bias_s32[i], -head.fractional_length));
    }
    const Sensitivity sensitivity = analyze_sensitivity(network, small_images(5), 1);
    const LayerSensitivity& layer = layer_of(sensitivity, head.name);
    EXPECT_EQ(layer.alone.sqnr_db, std::numeric_limits<double>::infinity());
    EXPECT_EQ(layer.alone.agreement, 1);
    EXPECT_EQ(layer.alone.top1, sensitivity.unrounded_top1);
    EXPECT_EQ(layer.without.sqnr_db, sensitivity.all.sqnr_db);
    EXPECT_LT(sensitivity.all.sqnr_db, 60);
}

TEST(Sensitivity, DoesNotDependOnTheNumberOfThreads) {
    const IntegerNetwork network = small_network(true);
    const Sensitivity one = analyze_sensitivity(network, small_images(7), 1);
    int64_t done = 0;
    const Sensitivity three = analyze_sensitivity(network, small_images(7), 3, [&](int64_t images) { done = images; });
    EXPECT_EQ(done, 7);
    EXPECT_EQ(one.all.sqnr_db, three.all.sqnr_db);
    for (size_t i = 0; i < one.layers.size(); ++i) {
        EXPECT_EQ(one.layers[i].alone.sqnr_db, three.layers[i].alone.sqnr_db);
        EXPECT_EQ(one.layers[i].without.top1, three.layers[i].without.top1);
    }
}

TEST(Sensitivity, NeedsRealWeights) {
    EXPECT_THROW(analyze_sensitivity(small_network(), small_images(1), 1), DataError);
}

}  // namespace
}  // namespace f8net
