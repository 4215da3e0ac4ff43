// SPDX-License-Identifier: Apache-2.0
// Every fast path against the law, element for element, on this processor's instruction sets, each forced by name.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/base/error.h"
#include "core/inference/engine/fusion.h"
#include "core/inference/executor.h"
#include "tests/core/inference/random_graph.h"
#include "tests/core/inference/recorded_trace.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

constexpr uint32_t kSeed = 20251;

std::vector<std::string> fast_paths() {
    std::vector<std::string> paths = executor_paths();
    paths.erase(paths.begin());
    return paths;
}

std::vector<uint8_t> random_pixels(const IntegerNetwork& network, int64_t images, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<uint8_t> pixels(static_cast<size_t>(images * network.input().output.size()));
    const bool extreme = random() % 3 == 0;
    for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(extreme ? (random() % 2) * 255 : random());
    return pixels;
}

void expect_equal(const RecordedTrace& law, const RecordedTrace& other) {
    ASSERT_EQ(other.codes.size(), law.codes.size());
    ASSERT_EQ(other.accumulators.size(), law.accumulators.size());
    for (const auto& [name, values] : law.codes) ASSERT_EQ(other.codes.at(name).values, values.values) << name;
    for (const auto& [name, values] : law.accumulators)
        ASSERT_EQ(other.accumulators.at(name).values, values.values) << name;
}

void expect_law(const IntegerNetwork& network, int64_t images, int threads, uint32_t seed) {
    const auto pixels = random_pixels(network, images, seed);
    RecordedTrace law;
    const auto expected = make_executor(network, "scalar", 1)->run(pixels, images, &law).integers;
    for (const std::string& path : fast_paths()) {
        SCOPED_TRACE(path);
        const auto executor = make_executor(network, path, threads);
        EXPECT_EQ(executor->path(), path);
        ASSERT_EQ(executor->run(pixels, images, nullptr).integers, expected);
        RecordedTrace trace;
        ASSERT_EQ(executor->run(pixels, images, &trace).integers, expected);
        expect_equal(law, trace);
    }
}

IntegerNetwork random_graph(uint32_t seed) {
    std::mt19937 random(seed);
    return make_random_graph(
        [&](int low, int high) { return low + static_cast<int>(random() % (static_cast<uint32_t>(high - low) + 1)); });
}

NodeRange whole(const IntegerNetwork& network) {
    return {0, static_cast<int>(network.nodes.size()) - 1};
}

constexpr uint32_t kRounds = 400;

TEST(Engine, RandomGraphsEqualTheLawInEveryLayer) {
    for (uint32_t round = 0; round < kRounds; ++round) {
        SCOPED_TRACE("seed " + std::to_string(kSeed + round));
        expect_law(random_graph(kSeed + round), 1 + round % 3, 1 + static_cast<int>(round % 2), round);
        if (HasFatalFailure()) return;
    }
}

/// What the test above is worth: every way of computing takes part in it.
TEST(Engine, RandomGraphsReachEveryMethod) {
    for (const InstructionSet* set : instruction_sets()) {
        std::map<Method, int> methods;
        int residual = 0, wide = 0, merged = 0, law_views = 0, several_views = 0;
        for (uint32_t round = 0; round < kRounds; ++round) {
            const IntegerNetwork network = random_graph(kSeed + round);
            for (const Group& group : fuse(network, whole(network), *set, false)) {
                ++methods[group.method];
                residual += group.operand >= 0;
                wide += group.is_wide_sum;
                merged += group.merged >= 0;
                several_views += group.views.size() > 1;
                if (group.method == Method::kLaw) law_views += static_cast<int>(group.views.size());
            }
        }
        for (const Method method : {Method::kInput, Method::kMerged, Method::kDense, Method::kDepthwise,
                                    Method::kCodePool, Method::kInt32Pool, Method::kLaw}) {
            EXPECT_GE(methods[method], 5) << set->name() << " " << static_cast<int>(method);
        }
        EXPECT_GE(residual, 5) << set->name();
        EXPECT_GE(merged, 5) << set->name();
        EXPECT_GE(law_views, 5) << set->name();
        EXPECT_GE(several_views, 5) << set->name();
        EXPECT_TRUE(wide >= 5 || !set->has_wide_add()) << set->name() << " " << wide;
    }
}

class EngineNetworks : public ::testing::TestWithParam<std::string> {};

TEST_P(EngineNetworks, EqualTheLawInEveryLayer) {
    for (const bool sum_pool : {true, false}) {
        expect_law(tiny_network(GetParam(), 7, {.quantize_average_pool = sum_pool}), 3, 2, 5);
        ArchitectureOptions options = tiny_options(GetParam(), 64);
        options.stem = Stem::kImageNet;
        options.width_multiplier = 0.25;
        options.normalized_input = !sum_pool;
        expect_law(make_random_network(make_layer_graph(options), 8, {.quantize_average_pool = sum_pool}), 1, 2, 6);
        if (HasFatalFailure()) return;
    }
}
INSTANTIATE_TEST_SUITE_P(Every, EngineNetworks, ::testing::ValuesIn(known_architectures()));

TEST(Engine, NumberOfThreadsAndImagesDoesNotMatter) {
    const IntegerNetwork network = tiny_network("mobilenet_v2");
    const auto pixels = random_pixels(network, 7, 3);
    const auto expected = make_executor(network, "scalar", 1)->run(pixels, 7, nullptr).integers;
    for (const std::string& path : fast_paths()) {
        for (const int threads : {1, 2, 3, 9}) {
            const auto executor = make_executor(network, path, threads);
            EXPECT_EQ(executor->run(pixels, 7, nullptr).integers, expected) << path << threads;
            EXPECT_EQ(executor->run(pixels, 7, nullptr).integers, expected) << path << threads << ", second run";
        }
    }
}

TEST(Engine, CodesEnterAsPixelsDo) {
    ArchitectureOptions options = tiny_options("mobilenet_v1");
    options.normalized_input = true;
    const IntegerNetwork network = make_random_network(make_layer_graph(options), 4);
    const auto pixels = random_pixels(network, 1, 9);
    for (const std::string& path : fast_paths()) {
        const auto executor = make_executor(network, path);
        EXPECT_EQ(executor->run_codes(input_codes(network, pixels.data()), 1),
                  executor->run(pixels, 1, nullptr).integers);
    }
}

TEST(Engine, ReportsTimeOfTheNodesItRan) {
    const IntegerNetwork network = tiny_network("resnet18");
    const auto pixels = random_pixels(network, 2, 1);
    for (const std::string& path : fast_paths()) {
        const auto executor = make_executor(network, path, 2);
        executor->run(pixels, 2, nullptr);
        const auto ms = executor->take_node_ms();
        ASSERT_EQ(ms.size(), network.nodes.size());
        EXPECT_GT(ms[1], 0.0);
        EXPECT_EQ(executor->take_node_ms()[1], 0.0);
    }
}

/// Nothing of the published architectures may fall back to the law by accident.
TEST(Engine, PublishedArchitecturesRunOnGeneratedKernels) {
    for (const InstructionSet* set : instruction_sets()) {
        for (const std::string& name : known_architectures()) {
            ArchitectureOptions options;
            options.architecture = name;
            options.width_multiplier = 0.25;
            const IntegerNetwork network = make_random_network(make_layer_graph(options), 1);
            for (const Group& group : fuse(network, whole(network), *set, false)) {
                const IntegerNode& anchor = network.nodes[static_cast<size_t>(group.anchor)];
                if (anchor.kind == NodeKind::kSumPool) continue;
                EXPECT_NE(group.method, Method::kLaw) << set->name() << " " << name << " " << anchor.name;
            }
        }
    }
}

TEST(Engine, RefusesWhatTheLawRefuses) {
    IntegerNetwork damaged = tiny_network("resnet18");
    damaged.nodes[1].weight_s8[0] = -128;
    for (const std::string& path : fast_paths()) {
        EXPECT_THROW(make_executor(damaged, path), DataError);
        EXPECT_THROW(make_executor(tiny_network("resnet18"), path)->run(std::vector<uint8_t>(5), 1, nullptr),
                     ShapeError);
    }
}

}  // namespace
}  // namespace f8net
