// SPDX-License-Identifier: Apache-2.0
// A part of a network, begun at any value that everything behind it is made of, gives the whole network's numbers.
#include <gtest/gtest.h>

#include <random>

#include "core/base/error.h"
#include "core/inference/executor.h"
#include "tests/core/inference/random_graph.h"
#include "tests/core/inference/recorded_trace.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

constexpr uint32_t kSeed = 61'007;

/// Nodes that everything behind them up to the end can be computed from; about twelve of deep networks.
std::vector<int> beginnings(const IntegerNetwork& network) {
    std::vector<int> result;
    const auto count = static_cast<int>(network.nodes.size());
    for (int first = 1; first + 1 < count; ++first) {
        bool carries_all = true;
        for (int i = first + 1; i < count; ++i) {
            for (const int input : network.nodes[static_cast<size_t>(i)].inputs) carries_all &= input >= first;
        }
        if (carries_all) result.push_back(first);
    }
    const size_t step = result.size() / 12 + 1;
    for (size_t i = 0; i < result.size(); ++i) {
        if (i % step == 0) result[i / step] = result[i];
    }
    result.resize((result.size() + step - 1) / step);
    return result;
}

/// The law's value of a node, images one after another; ReLU and input as the law has them, too.
std::vector<int32_t> values_of(const IntegerNetwork& network, int node, const std::vector<uint8_t>& pixels,
                               int64_t images) {
    std::vector<int32_t> values(static_cast<size_t>(images * network.nodes[static_cast<size_t>(node)].output.size()));
    make_range_executor(network, {0, node}, "scalar", 1)->run_range({.pixels = pixels.data()}, images, values);
    return values;
}

void expect_whole(const IntegerNetwork& network, int64_t images, int threads, uint32_t seed, int& parts) {
    std::mt19937 random(seed);
    std::vector<uint8_t> pixels(static_cast<size_t>(images * network.input().output.size()));
    for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random());
    RecordedTrace law;
    const auto logits = make_executor(network, "scalar", 1)->run(pixels, images, &law).integers;
    const int last = static_cast<int>(network.nodes.size()) - 1;
    for (const std::string& path : executor_paths()) {
        for (const int cut : beginnings(network)) {
            SCOPED_TRACE(path + ", cut at " + network.nodes[static_cast<size_t>(cut)].name);
            const auto expected = values_of(network, cut, pixels, images);
            std::vector<int32_t> values(expected.size()), got(logits.size()), traced(logits.size());
            make_range_executor(network, {0, cut}, path, threads)->run_range({.pixels = pixels.data()}, images, values);
            ASSERT_EQ(values, expected);
            const auto rest = make_range_executor(network, {cut, last}, path, threads);
            rest->run_range({.values = values.data()}, images, got);
            ASSERT_EQ(got, logits);
            RecordedTrace trace;
            rest->run_range({.values = values.data()}, images, traced, &trace);
            ASSERT_EQ(traced, logits);
            for (const auto& [name, tensor] : trace.accumulators) {
                EXPECT_GT(network.index_of(name), cut);
                ASSERT_EQ(tensor.values, law.accumulators.at(name).values) << name;
            }
            for (const auto& [name, tensor] : trace.codes) ASSERT_EQ(tensor.values, law.codes.at(name).values) << name;
            ++parts;
        }
    }
}

TEST(RangeExecutor, EveryPartOfRandomGraphsGivesTheWholeNetworksNumbers) {
    int parts = 0;
    for (uint32_t round = 0; round < 200; ++round) {
        SCOPED_TRACE("seed " + std::to_string(kSeed + round));
        std::mt19937 random(kSeed + round);
        const IntegerNetwork network = make_random_graph([&](int low, int high) {
            return low + static_cast<int>(random() % (static_cast<uint32_t>(high - low) + 1));
        });
        expect_whole(network, 1 + round % 3, 1 + static_cast<int>(round % 2), round, parts);
        if (HasFatalFailure()) return;
    }
    EXPECT_GE(parts, 1000);
}

class RangeNetworks : public ::testing::TestWithParam<std::string> {};

TEST_P(RangeNetworks, EveryPartGivesTheWholeNetworksNumbers) {
    int parts = 0;
    for (const bool sum_pool : {true, false})
        expect_whole(tiny_network(GetParam(), 7, {.quantize_average_pool = sum_pool}), 3, 2, 5, parts);
    EXPECT_GE(parts, 8);
}
INSTANTIATE_TEST_SUITE_P(Every, RangeNetworks, ::testing::ValuesIn(known_architectures()));

TEST(RangeExecutor, MiddlePartsChain) {
    const IntegerNetwork network = tiny_network("resnet18");
    const std::vector<uint8_t> pixels(static_cast<size_t>(network.input().output.size()), 77);
    const std::vector<int> cuts = beginnings(network);
    ASSERT_GE(cuts.size(), 4u);
    for (const std::string& path : executor_paths()) {
        std::vector<int32_t> values = values_of(network, cuts[0], pixels, 1);
        for (size_t i = 0; i + 1 < cuts.size(); ++i) {
            std::vector<int32_t> next(
                static_cast<size_t>(network.nodes[static_cast<size_t>(cuts[i + 1])].output.size()));
            make_range_executor(network, {cuts[i], cuts[i + 1]}, path, 1)
                ->run_range({.values = values.data()}, 1, next);
            ASSERT_EQ(next, values_of(network, cuts[i + 1], pixels, 1)) << path << cuts[i + 1];
            values = next;
        }
    }
}

TEST(RangeExecutor, RefusesWhatCannotBeAlone) {
    const IntegerNetwork network = tiny_network("resnet18");
    const int last = static_cast<int>(network.nodes.size()) - 1;
    const auto message = [&](const NodeRange& range) {
        try {
            make_range_executor(network, range, "scalar", 1);
        } catch (const ConfigError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(message({0, last + 1}).find("no part"), std::string::npos);
    EXPECT_NE(message({last, last}).find("no part"), std::string::npos);
    const int body = network.index_of("stage_0_layer_0.body.0");
    EXPECT_NE(message({body, last}).find("reads"), std::string::npos) << message({body, last});

    const auto part = make_range_executor(network, {0, body}, "scalar", 1);
    const std::vector<uint8_t> pixels(static_cast<size_t>(network.input().output.size()));
    EXPECT_THROW(part->run(pixels, 1, nullptr), ConfigError);
    std::vector<int32_t> values(static_cast<size_t>(network.nodes[static_cast<size_t>(body)].output.size()));
    EXPECT_THROW(part->run_range({.values = values.data()}, 1, values), ConfigError);
    values.pop_back();
    EXPECT_THROW(part->run_range({.pixels = pixels.data()}, 1, values), ShapeError);
}

}  // namespace
}  // namespace f8net
