// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/bit_flips.h"

#include <gmock/gmock.h>

#include "core/analysis/analysis_figures.h"
#include "core/base/error.h"
#include "tests/core/analysis/damaged_network.h"

namespace f8net {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<ModeEvaluator> scalar(const IntegerNetwork& network) {
    return make_executor(network, "scalar", 1);
}

BitFlipStudy study(const BitFlipOptions& options) {
    return analyze_bit_flips(small_network(), small_images(20), scalar, options);
}

std::vector<int64_t> classes(const IntegerNetwork& network, const EvaluationSet& set, std::vector<int64_t>* labels) {
    std::vector<int64_t> result;
    const auto executor = make_executor(network, "reference", 1);
    for_each_batch(set, 1, [&](const Batch& batch, int64_t) {
        const std::vector<int32_t> logits = executor->run(batch.pixels, 1, nullptr).integers;
        result.push_back(std::max_element(logits.begin(), logits.end()) - logits.begin());
        if (labels) labels->push_back(batch.labels[0]);
    });
    return result;
}

TEST(BitFlips, CountWhatEachFlipChanges) {
    const IntegerNetwork network = small_network();
    const EvaluationSet set = small_images(20);
    std::vector<int64_t> labels;
    const std::vector<int64_t> before = classes(network, set, &labels);
    BitFlipOptions options;
    options.flips_per_bit = 2;
    options.layers = {"head.0", "classifier.0"};
    const BitFlipStudy result = study(options);
    EXPECT_EQ(result.images, 20);
    ASSERT_EQ(result.layers.size(), 2u);
    EXPECT_EQ(result.layers[0].layer, "head.0");
    int64_t total = 0, changing = 0;
    for (const LayerBitFlips& layer : result.layers) {
        ASSERT_EQ(layer.flips.size(), 16u);
        ASSERT_EQ(layer.bits.size(), 8u);
        for (size_t i = 0; i < layer.flips.size(); ++i) {
            const BitFlip& flip = layer.flips[i];
            EXPECT_EQ(flip.fault.bit, static_cast<int>(i / 2));
            const std::vector<int64_t> after = classes(with_fault(network, flip.fault), set, nullptr);
            int changed = 0, lost = 0;
            for (size_t image = 0; image < after.size(); ++image) {
                changed += after[image] != before[image];
                lost += (before[image] == labels[image]) - (after[image] == labels[image]);
            }
            EXPECT_DOUBLE_EQ(flip.changed_share, changed / 20.0);
            EXPECT_DOUBLE_EQ(flip.top1_lost, lost / 20.0);
            ++total;
            changing += changed > 0;
        }
        EXPECT_EQ(layer.bits[7].flips, 2);
        EXPECT_DOUBLE_EQ(layer.bits[7].changed_share,
                         (layer.flips[14].changed_share + layer.flips[15].changed_share) / 2);
    }
    EXPECT_EQ(total, 32);
    EXPECT_GT(changing, 0);  // else this test shows nothing
    EXPECT_EQ(result.bits[3].flips, 4);
}

TEST(BitFlips, AreTheSameForAnyThreadsAndWhateverElseIsTried) {
    BitFlipOptions one, other;
    one.flips_per_bit = other.flips_per_bit = 1;
    one.threads = 3;
    other.layers = {"stage_1_layer_0.body.1"};
    int64_t last = 0;
    one.on_progress = [&](int64_t done, int64_t flips) {
        EXPECT_GT(done, last);
        EXPECT_LE(done, flips);
        last = done;
    };
    const BitFlipStudy all = study(one), single = study(other);
    EXPECT_EQ(last, static_cast<int64_t>(all.layers.size()) * 8);
    const auto found = std::find_if(all.layers.begin(), all.layers.end(),
                                    [&](const LayerBitFlips& layer) { return layer.layer == other.layers[0]; });
    ASSERT_NE(found, all.layers.end());
    ASSERT_EQ(single.layers.size(), 1u);
    for (size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(found->flips[i].fault.element, single.layers[0].flips[i].fault.element);
        EXPECT_EQ(found->flips[i].changed_share, single.layers[0].flips[i].changed_share);
    }
    other.seed = 7;
    const BitFlipStudy different = study(other);
    bool same = true;
    for (size_t i = 0; i < 8; ++i) {
        same = same && different.layers[0].flips[i].fault.element == single.layers[0].flips[i].fault.element;
    }
    EXPECT_FALSE(same);
}

TEST(BitFlips, HighBitsMatterMore) {
    BitFlipOptions options;
    options.flips_per_bit = 30;
    options.layers = {"head.0"};
    options.threads = 2;
    const BitFlipStudy result = study(options);
    const auto share = [&](size_t bit) { return result.layers[0].bits[bit].changed_share; };
    EXPECT_GT(share(6) + share(7), share(0) + share(1));
    EXPECT_GE(result.layers[0].bits[0].silent, result.layers[0].bits[6].silent);
}

TEST(BitFlips, NameALayerThatIsNone) {
    BitFlipOptions options;
    options.layers = {"head.1"};
    try {
        study(options);
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("did you mean 'head.0'"));
    }
}

TEST(BitFlips, AreDrawnWithALineForEachBit) {
    BitFlipOptions options;
    options.flips_per_bit = 1;
    const Figure figure = bit_flips_figure(study(options), "runs/net.f8n");
    EXPECT_THAT(figure.title, HasSubstr("net.f8n"));
    ASSERT_EQ(figure.charts.size(), 2u);
    EXPECT_EQ(figure.charts[0].series.size(), 8u);
    EXPECT_EQ(figure.charts[0].series[0].name, "bit 7");
    EXPECT_EQ(figure.charts[0].series[0].x.size(), figure.charts[0].x.categories.size());
}

}  // namespace
}  // namespace f8net
