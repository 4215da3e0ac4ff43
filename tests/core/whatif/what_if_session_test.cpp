// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/what_if_session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "core/analysis/recorded_trace.h"
#include "core/base/error.h"
#include "core/inference/executor.h"
#include "tests/core/whatif/what_if_test.h"

namespace f8net {
namespace {

constexpr uint32_t kSeed = 9'020;

/// A cache that goes with the test.
class WhatIf : public ::testing::Test {
protected:
    ~WhatIf() override { std::filesystem::remove_all(folder_); }
    CacheOptions cache(int64_t limit = 1 << 28) const { return {limit, folder_}; }

    std::string folder_ = ::testing::TempDir() + "what_if_" +
                          ::testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(getpid());
};

std::vector<int32_t> whole_network_logits(const IntegerNetwork& network, const EvaluationSet& set, int64_t images) {
    std::vector<int32_t> logits;
    const auto executor = make_executor(network, "scalar", 1);
    EvaluationSet part = set;
    part.images = images;
    for_each_batch(part, 16, [&](const Batch& batch, int64_t) {
        const auto some = executor->run(batch.pixels, batch.size, nullptr).integers;
        logits.insert(logits.end(), some.begin(), some.end());
    });
    return logits;
}

std::vector<int32_t> logits_of(WhatIfSession& session, std::span<const FormatChange> changes, int64_t images,
                               std::string* computed_from = nullptr) {
    std::vector<int32_t> logits;
    WhatIfListener listener;
    listener.on_logits = [&](int64_t first, std::span<const int32_t> some) {
        EXPECT_EQ(static_cast<size_t>(first) * 4, logits.size());
        logits.insert(logits.end(), some.begin(), some.end());
    };
    const WhatIfResult result = session.evaluate(changes, images, {}, listener);
    EXPECT_TRUE(result.is_complete);
    if (computed_from != nullptr) *computed_from = result.computed_from;
    return logits;
}

/// A format that the layer does not have, within what codes can have.
FormatChange random_change(const IntegerNetwork& network, const std::string& layer, std::mt19937& random) {
    const IntegerNode& node = node_named(network, layer);
    FormatChange change{layer, random() % 2 ? ChangedTensor::kWeight : ChangedTensor::kInput, {}};
    const bool is_weight = change.tensor == ChangedTensor::kWeight;
    do {
        change.format.is_signed = is_weight || random() % 2;
        change.format.word_length = random() % 4 ? 8 : 4 + static_cast<int>(random() % 5);
        change.format.fractional_length = static_cast<int>(random() % 7) % (change.format.max_fractional_length() + 1);
    } while (change.format == (is_weight ? node.weight_format : node.input_format));
    return change;
}

TEST_F(WhatIf, EveryLogitIsTheWholeChangedNetworksForAChangeOfAnyLayer) {
    int changes = 0, spared = 0;
    for (const std::string architecture : {"resnet18", "resnet50", "mobilenet_v1", "mobilenet_v2"}) {
        for (const bool is_plain : {true, false}) {
            SCOPED_TRACE(architecture + (is_plain ? ", raw pixels, sum pool" : ", normalized, average pool"));
            const uint32_t seed = kSeed + static_cast<uint32_t>(changes);
            SCOPED_TRACE("seed " + std::to_string(seed));
            std::mt19937 random(seed);
            const IntegerNetwork network = changeable_network(architecture, seed, is_plain, !is_plain);
            const EvaluationSet set = images_for_changes(3);
            WhatIfSession session(network, set, {"", is_plain ? 1 : 2}, cache());
            for (const std::string& layer : layers_of(network)) {
                const std::vector<FormatChange> change = {random_change(network, layer, random)};
                SCOPED_TRACE(change[0].to_string());
                std::string computed_from;
                ASSERT_EQ(logits_of(session, change, 0, &computed_from), whole_network_logits(with_changes(network, change), set, 3));
                ++changes;
                spared += computed_from != "input";
            }
        }
    }
    EXPECT_GE(changes, 200);
    EXPECT_GE(spared, changes * 9 / 10);
}

TEST_F(WhatIf, SeveralChangesAndAnyCacheGiveTheSameLogits) {
    for (uint32_t round = 0; round < 12; ++round) {
        SCOPED_TRACE("seed " + std::to_string(kSeed + round));
        std::mt19937 random(kSeed + round);
        const IntegerNetwork network =
            changeable_network(round % 2 ? "resnet18" : "mobilenet_v2", round, round % 3 != 0, round % 5 == 0);
        const EvaluationSet set = images_for_changes(7);
        // From no cut at all to all of them.
        WhatIfSession session(network, set, {executor_paths()[round % executor_paths().size()], 2},
                              cache(7 * 144 + 64 + (int64_t{1} << (2 * round))));
        const std::vector<std::string> layers = layers_of(network);
        std::vector<FormatChange> changes;
        for (int i = 0; i < 3; ++i) changes.push_back(random_change(network, layers[random() % layers.size()], random));
        ASSERT_EQ(logits_of(session, changes, 3), whole_network_logits(with_changes(network, changes), set, 3));
        ASSERT_EQ(logits_of(session, changes, 7), whole_network_logits(with_changes(network, changes), set, 7));
        ASSERT_EQ(logits_of(session, {}, 7), whole_network_logits(network, set, 7));
    }
}

TEST_F(WhatIf, AccuracyIsCountedOnTheSameImagesBeforeAndAfter) {
    const IntegerNetwork network = changeable_network("resnet18", 11);
    const EvaluationSet set = images_for_changes(120);
    WhatIfSession session(network, set, {"", 2}, cache());
    const std::vector<FormatChange> changes = {{"classifier.0", ChangedTensor::kWeight, {2, 1, true}},
                                               {"stage_1_layer_0.body.0", ChangedTensor::kInput, {4, 0, false}}};
    const auto before = whole_network_logits(network, set, 120),
               after = whole_network_logits(with_changes(network, changes), set, 120);
    AccuracyChange expected;
    expected.images = 120;
    for (int64_t i = 0; i < 120; ++i) {
        const int64_t first = class_given(before.data() + 4 * i, 4), second = class_given(after.data() + 4 * i, 4),
                      label = set.dataset->label(i);
        expected.right_before += first == label;
        expected.right_after += second == label;
        expected.gained += first != label && second == label;
        expected.lost += first == label && second != label;
        expected.other_class += first != second;
    }
    ASSERT_GT(expected.other_class, 10) << "the change does too little for a test";
    const WhatIfResult result = session.evaluate(changes, 0);
    EXPECT_EQ(result.accuracy.images, 120);
    EXPECT_EQ(result.accuracy.right_before, expected.right_before);
    EXPECT_EQ(result.accuracy.right_after, expected.right_after);
    EXPECT_EQ(result.accuracy.gained, expected.gained);
    EXPECT_EQ(result.accuracy.lost, expected.lost);
    EXPECT_EQ(result.accuracy.other_class, expected.other_class);
    EXPECT_DOUBLE_EQ(result.accuracy.difference().difference, result.accuracy.after() - result.accuracy.before());
    EXPECT_TRUE(result.accuracy.interval_after().contains(result.accuracy.after()));
}

TEST_F(WhatIf, DifferencesOfTheLayersAreThoseOfTheirTraces) {
    const IntegerNetwork network = changeable_network("resnet18", 12);
    const EvaluationSet set = images_for_changes(9);
    const std::string layer = "stage_2_layer_0.body.0";
    const int length = node_named(network, layer).input_format.fractional_length;
    const std::vector<FormatChange> changes = {{layer, ChangedTensor::kInput, {8, length - 2, false}}};
    const IntegerNetwork changed = with_changes(network, changes);
    WhatIfSession session(network, set, {"", 2}, cache());
    const WhatIfResult result = session.evaluate(changes, 0);
    ASSERT_EQ(result.difference_images, 9);
    RecordedTrace before, after;
    for_each_batch(set, 9, [&](const Batch& batch, int64_t) {
        make_executor(network, "scalar", 1)->run(batch.pixels, 9, &before);
        make_executor(changed, "scalar", 1)->run(batch.pixels, 9, &after);
    });
    int different = 0;
    for (const LayerDifference& difference : result.layers) {
        const IntegerNode &was = node_named(network, difference.layer), &is = node_named(changed, difference.layer);
        const auto& expected = before.find(difference.layer, TraceTensor::kAccumulators)->values;
        const auto& got = after.find(difference.layer, TraceTensor::kAccumulators)->values;
        double signal = 0, error = 0;
        for (size_t i = 0; i < got.size(); ++i) {
            const double real = std::ldexp(expected[i], -was.fractional_length);
            signal += real * real;
            error += std::pow(std::ldexp(got[i], -is.fractional_length) - real, 2);
        }
        if (error == 0) {
            EXPECT_TRUE(std::isinf(difference.sqnr_db)) << difference.layer;
        } else {
            EXPECT_NEAR(difference.sqnr_db, 10 * std::log10(signal / error), 1e-9) << difference.layer;
            ++different;
        }
        EXPECT_EQ(difference.input_lsb.has_value(), was.has_weights());
        if (difference.layer != layer) continue;
        const auto& codes = before.find(layer, TraceTensor::kCodes)->values;
        const auto& coarse = after.find(layer, TraceTensor::kCodes)->values;
        double squares = 0;
        for (size_t i = 0; i < codes.size(); ++i) squares += std::pow(4.0 * coarse[i] - codes[i], 2);
        EXPECT_NEAR(*difference.input_lsb, std::sqrt(squares / static_cast<double>(codes.size())), 1e-9);
        EXPECT_GT(*difference.input_lsb, 0.1);
    }
    EXPECT_GE(different, 5);
    EXPECT_EQ(result.layers.front().layer, layers_of(network).front());
    EXPECT_TRUE(std::isinf(result.layers.front().sqnr_db));
}

TEST_F(WhatIf, AnswersFirstFromFiftyImagesThenFromAll) {
    const IntegerNetwork network = changeable_network("resnet18", 13);
    WhatIfSession session(network, images_for_changes(130), {"", 1}, cache());
    std::vector<std::pair<int64_t, int64_t>> seen;
    WhatIfListener listener;
    listener.on_progress = [&](const WhatIfResult& result) {
        seen.emplace_back(result.accuracy.images, result.difference_images);
    };
    const std::vector<FormatChange> changes = {{"classifier.0", ChangedTensor::kWeight, {8, 2, true}}};
    const WhatIfResult result = session.evaluate(changes, 0, {}, listener);
    EXPECT_TRUE(result.is_complete);
    EXPECT_EQ(result.images, 130);
    const auto position = [&](std::pair<int64_t, int64_t> state) {
        return std::find(seen.begin(), seen.end(), state) - seen.begin();
    };
    EXPECT_LT(position({50, 0}), position({50, 16}));
    EXPECT_LT(position({50, 16}), position({130, 16}));
    EXPECT_EQ(seen.back(), std::make_pair(int64_t{130}, int64_t{130}));
    // Fewer are fewer.
    EXPECT_EQ(session.evaluate(changes, 20).accuracy.images, 20);
    EXPECT_EQ(session.evaluate(changes, 1000).accuracy.images, 130);
}

TEST_F(WhatIf, StopsWhenAskedAndGoesOnLater) {
    const IntegerNetwork network = changeable_network("resnet18", 14);
    const EvaluationSet set = images_for_changes(200);
    WhatIfSession session(network, set, {"", 1}, cache());
    std::stop_source source;
    WhatIfListener listener;
    listener.on_logits = [&](int64_t first, std::span<const int32_t>) {
        if (first >= 16) source.request_stop();
    };
    const std::vector<FormatChange> changes = {{"classifier.0", ChangedTensor::kWeight, {8, 2, true}}};
    const WhatIfResult stopped = session.evaluate(changes, 0, source.get_token(), listener);
    EXPECT_FALSE(stopped.is_complete);
    EXPECT_EQ(stopped.accuracy.images, 24);
    EXPECT_EQ(session.cache().filled(), 24);
    EXPECT_EQ(logits_of(session, changes, 0), whole_network_logits(with_changes(network, changes), set, 200));
}

TEST_F(WhatIf, LeavesNoFileAndStaysWithinItsLimit) {
    const IntegerNetwork network = changeable_network("resnet18", 15);
    const EvaluationSet set = images_for_changes(100);
    const int64_t limit = 400'000;
    const WhatIfSession session(network, set, {"", 1}, cache(limit));
    EXPECT_LE(session.cache().size_bytes(), limit);
    EXPECT_GE(session.cache().size_bytes(), limit / 2);
    EXPECT_FALSE(session.cache().cuts().empty());
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    try {
        WhatIfSession(network, set, {"", 1}, cache(10'000));
        FAIL() << "the pictures alone take 14,400 bytes";
    } catch (const ConfigError& error) {
        EXPECT_NE(std::string(error.what()).find("10000 bytes"), std::string::npos) << error.what();
    }
}

TEST_F(WhatIf, RefusesImagesThatTheNetworkDoesNotRead) {
    const IntegerNetwork network = changeable_network("resnet18", 16);
    const DatasetPtr larger = std::make_shared<SyntheticData>(4, 14, 4);
    WhatIfSession session(network, {larger, ImageTransform(TransformOptions{}, *larger), 0, 4, 1}, {"", 1}, cache());
    EXPECT_THROW(session.evaluate({}, 0), ShapeError);
    const DatasetPtr more = std::make_shared<SyntheticData>(9, 12, 6);
    WhatIfSession other(network, {more, ImageTransform(TransformOptions{}, *more), 0, 4, 1}, {"", 1}, cache());
    EXPECT_THROW(other.evaluate({}, 0), DataError);
}

}  // namespace
}  // namespace f8net
