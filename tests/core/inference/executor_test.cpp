// SPDX-License-Identifier: Apache-2.0
#include "core/inference/executor.h"

#include <gmock/gmock.h>

#include <random>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"
#include "core/inference/kernels/kernel.h"
#include "core/inference/memory_plan.h"
#include "tests/core/inference/recorded_trace.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

std::vector<uint8_t> random_pixels(const IntegerNetwork& network, int64_t images, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<uint8_t> pixels(static_cast<size_t>(images * network.input().output.size()));
    for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random());
    return pixels;
}

/// Random shapes around the sizes where tiles and vectors end; both paths.
TEST(Kernels, ScalarEqualsReferenceForManyShapes) {
    std::mt19937 random(42);
    const auto between = [&](int low, int high) {
        return low + static_cast<int>(random() % static_cast<uint32_t>(high - low + 1));
    };
    for (int round = 0; round < 200; ++round) {
        IntegerNode node;
        node.kind = NodeKind::kConv;
        const bool depthwise = round % 3 == 0;
        node.in_channels = between(1, 40);
        node.out_channels = depthwise ? node.in_channels : between(1, 20);
        node.groups = depthwise ? node.in_channels : 1;
        const int kernel = between(1, 4);
        node.window = {kernel, between(1, 3), between(0, kernel - 1)};
        const Shape in{node.in_channels, between(kernel, 12), between(kernel, 12)};
        const auto size = [&](int64_t n) { return (n + 2 * node.window.padding - kernel) / node.window.stride + 1; };
        node.output = {node.out_channels, size(in.height), size(in.width)};
        node.input_format = {8, 4, round % 2 == 0};
        for (int i = 0; i < node.out_channels * kernel * kernel * node.in_channels / node.groups; ++i) {
            node.weight_s8.push_back(static_cast<int8_t>(between(-127, 127)));
        }
        for (int i = 0; i < node.out_channels; ++i) node.bias_s32.push_back(between(-100000, 100000));
        std::vector<int32_t> input(static_cast<size_t>(in.size()));
        for (int32_t& value : input) value = between(-4000, 4000);
        const LayerPlan plan{node, in, between(-2, 8)};
        std::vector<int32_t> expected(static_cast<size_t>(node.output.size())), got(expected.size());
        Scratch scratch;
        make_reference_kernel(plan)->run(input.data(), expected.data(), scratch);
        make_scalar_kernel(plan)->run(input.data(), got.data(), scratch);
        ASSERT_EQ(got, expected) << "round " << round << " of seed 42: " << in.channels << " x " << in.height << " x "
                                 << in.width << " to " << node.out_channels << ", kernel " << kernel << ", groups "
                                 << node.groups;
    }
}

class EveryArchitecture : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryArchitecture, ScalarEqualsReferenceInEveryLayer) {
    for (const bool sum_pool : {true, false}) {
        const IntegerNetwork network = tiny_network(GetParam(), 11, {.quantize_average_pool = sum_pool});
        const auto pixels = random_pixels(network, 2, 5);
        RecordedTrace law, definition;
        const Logits a = make_executor(network, "scalar", 1)->run(pixels, 2, &law);
        const Logits b = make_executor(network, "reference", 2)->run(pixels, 2, &definition);
        EXPECT_EQ(a.integers, b.integers);
        ASSERT_EQ(law.accumulators.size(), definition.accumulators.size());
        for (const auto& [name, values] : definition.accumulators)
            EXPECT_EQ(law.accumulators.at(name).values, values.values) << name;
        for (const auto& [name, values] : definition.codes) EXPECT_EQ(law.codes.at(name).values, values.values) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(All, EveryArchitecture,
                         ::testing::Values("resnet18", "resnet50", "mobilenet_v1", "mobilenet_v2"));

TEST(Executor, NumberOfThreadsDoesNotMatter) {
    const IntegerNetwork network = tiny_network("resnet18");
    const auto pixels = random_pixels(network, 7, 3);
    const auto one = make_executor(network, "scalar", 1)->run(pixels, 7, nullptr).integers;
    for (const int threads : {2, 3, 16})
        EXPECT_EQ(make_executor(network, "scalar", threads)->run(pixels, 7, nullptr).integers, one);
}

TEST(Executor, NormalizedImagesEnterAsSignedCodes) {
    ArchitectureOptions options = tiny_options("resnet18");
    options.normalized_input = true;
    const IntegerNetwork network = make_random_network(make_layer_graph(options), 4);
    const auto pixels = random_pixels(network, 1, 9);
    RecordedTrace trace;
    const auto executor = make_executor(network);
    const auto logits = executor->run(pixels, 1, &trace).integers;
    const auto codes = input_codes(network, pixels.data());
    EXPECT_TRUE(std::any_of(codes.begin(), codes.end(), [](int16_t code) { return code < 0; }));
    EXPECT_EQ(trace.codes.at("head.0").values, std::vector<int32_t>(codes.begin(), codes.end()));
    EXPECT_EQ(executor->run_codes(codes, 1), logits);
}

TEST(Executor, RefusesWhatItCannotRun) {
    const IntegerNetwork network = tiny_network("resnet18");
    EXPECT_THROW(make_executor(network, "sse9"), ConfigError);
    EXPECT_THROW(make_executor(network)->run(std::vector<uint8_t>(5), 1, nullptr), ShapeError);
    IntegerNetwork damaged = network;
    damaged.nodes[1].weight_s8[0] = -128;
    EXPECT_THROW(make_executor(damaged), DataError);
}

TEST(Executor, RefusesWhatNoMachineHolds) {
    // A few kilobytes of description: two thousand planes of a gigabyte, each needed until the end.
    IntegerNetwork network;
    IntegerNode input;
    input.name = "input";
    input.output = {1, 1 << 14, 1 << 14};
    input.input_format = kPixelFormat;
    input.fractional_length = 8;
    network.nodes.push_back(input);
    constexpr int kPlanes = 2000;
    const auto append = [&](const char* prefix, NodeKind kind, std::vector<int> inputs, const Shape& output) -> auto& {
        IntegerNode node;
        node.name = prefix + std::to_string(network.nodes.size());
        node.kind = kind;
        node.inputs = std::move(inputs);
        node.output = output;
        node.fractional_length = 8;
        network.nodes.push_back(node);
        return network.nodes.back();
    };
    const auto last = [&] { return static_cast<int>(network.nodes.size()) - 1; };
    for (int i = 0; i < kPlanes; ++i) append("relu", NodeKind::kRelu, {last()}, input.output);
    for (int i = 0; i < kPlanes; ++i) append("add", NodeKind::kAdd, {last(), kPlanes - i}, input.output);
    append("pool", NodeKind::kMaxPool, {last()}, {1, 256, 256}).window = {64, 64, 0};
    append("pool", NodeKind::kMaxPool, {last()}, {1, 4, 4}).window = {64, 64, 0};
    append("pool", NodeKind::kMaxPool, {last()}, {1, 1, 1}).window = {4, 1, 0};
    IntegerNode& classifier = append("linear", NodeKind::kLinear, {last()}, {2, 1, 1});
    classifier.in_channels = 1;
    classifier.out_channels = 2;
    classifier.input_format = {8, 8, false};
    classifier.weight_format = {8, 0, true};
    classifier.weight_s8 = {1, 2};
    classifier.bias_s32 = {0, 0};
    ASSERT_NO_THROW(check(network));
    for (const std::string& path : executor_paths()) {
        try {
            make_executor(network, path, 1);
            ADD_FAILURE() << path;
        } catch (const DataError& error) {
            EXPECT_NE(std::string(error.what()).find("GB of memory for one image"), std::string::npos) << error.what();
        }
    }
}

TEST(MemoryPlan, NoBufferIsOverwrittenBeforeItsLastReader) {
    for (const std::string& name : known_architectures()) {
        const IntegerNetwork network = tiny_network(name);
        const MemoryPlan plan = plan_memory(network);
        int64_t sum = 0;
        for (size_t i = 0; i < network.nodes.size(); ++i) {
            sum += network.nodes[i].output.size();
            const auto overlaps = [&](size_t j) {
                return plan.offsets[i] < plan.offsets[j] + network.nodes[j].output.size() &&
                       plan.offsets[j] < plan.offsets[i] + network.nodes[i].output.size();
            };
            for (size_t j = 0; j < i; ++j) {
                bool is_needed = false;  // by node i or a later one
                for (size_t reader = i; reader < network.nodes.size(); ++reader) {
                    for (const int input : network.nodes[reader].inputs)
                        is_needed = is_needed || input == static_cast<int>(j);
                }
                EXPECT_FALSE(is_needed && overlaps(j))
                    << name << ": " << network.nodes[i].name << " over " << network.nodes[j].name;
            }
        }
        EXPECT_LT(plan.size, sum / 3) << name;
    }
}

}  // namespace
}  // namespace f8net
