// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/base/error.h"
#include "core/network/skeleton.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

using ::testing::HasSubstr;

/// What check() says after one change to a node.
std::string error_after(const std::string& node, const std::function<void(IntegerNode&)>& change) {
    IntegerNetwork network = tiny_network("resnet18");
    change(network.nodes[static_cast<size_t>(network.index_of(node))]);
    try {
        check(network);
    } catch (const DataError& error) {
        return error.what();
    }
    return "no error";
}

TEST(Check, AcceptsRandomNetworksOfEveryArchitecture) {
    for (const std::string& name : known_architectures()) {
        for (const bool sum_pool : {true, false})
            EXPECT_NO_THROW(check(tiny_network(name, 3, {.quantize_average_pool = sum_pool}))) << name;
    }
}

TEST(Check, NamesTheNodeAndTheValue) {
    const std::string conv = "stage_1_layer_0.body.0";
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.weight_s8[4] = -128; }),
                HasSubstr("'" + conv + "' (conv): weight code -128"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.weight_s8.pop_back(); }),
                HasSubstr("weights, expected"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.bias_s32.push_back(0); }),
                HasSubstr("biases, expected"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.inputs[0] = 1000; }), HasSubstr("input 1000"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.inputs.clear(); }), HasSubstr("0 inputs"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.window.stride = 3; }), HasSubstr("window"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.groups = 2; }), HasSubstr("2 groups"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.fractional_length += 1; }),
                HasSubstr("fractional length"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.input_format.fractional_length = 9; }),
                HasSubstr("u8.9"));
    EXPECT_THAT(error_after(conv, [](IntegerNode& node) { node.bias_s32[0] = 2147483647; }), HasSubstr("above int32"));
    EXPECT_THAT(error_after("pool", [](IntegerNode& node) { node.sum_pool_shift += 1; }), HasSubstr("shift"));
    EXPECT_THAT(error_after("pool", [](IntegerNode& node) { node.window.kernel = 1; }), HasSubstr("plane"));
    EXPECT_THAT(
        error_after("input",
                    [](IntegerNode& node) { node.input_format.fractional_length = node.fractional_length = 7; }),
        HasSubstr("u8.7"));
}

TEST(Check, WantsOneNodeOfAName) {
    EXPECT_THAT(error_after("stage_1_layer_0.body.0", [](IntegerNode& node) { node.name = "head.0"; }),
                HasSubstr("'head.0' (conv): there is an earlier node of that name"));
}

TEST(Check, BoundsWhatSumsAndShiftsRelyOn) {
    EXPECT_THAT(error_after("input",
                            [](IntegerNode& node) {
                                node.output = {1, 1 << 15, 1 << 14};
                            }),
                HasSubstr("its output is 1 x 32768 x 16384"));
    IntegerNetwork network = tiny_network("resnet18");
    // Each addition may lie 15 bits further on: a chain of them would leave what shifts can do.
    const auto add = std::find_if(network.nodes.begin(), network.nodes.end(),
                                  [](const IntegerNode& node) { return node.kind == NodeKind::kAdd; });
    add->stream_shift = -15;
    propagate_formats(network);
    EXPECT_NO_THROW(check(network));
    for (IntegerNode& node : network.nodes) {
        if (node.kind == NodeKind::kAdd) node.stream_shift = -15;
    }
    propagate_formats(network);
    EXPECT_THROW(check(network), DataError);

    network = tiny_network("resnet18");
    network.nodes.insert(network.nodes.end() - 1, 10'000, network.nodes[1]);
    try {
        check(network);
        FAIL();
    } catch (const DataError& error) {
        EXPECT_THAT(error.what(), HasSubstr("expected at most 10000"));
    }
}

TEST(Check, WantsANormalizationThatDivides) {
    ArchitectureOptions options = tiny_options("resnet18");
    options.normalized_input = true;
    const IntegerNetwork network = make_random_network(make_layer_graph(options), 2);
    EXPECT_NO_THROW(check(network));
    for (const float bad : {0.0f, -1.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
        IntegerNetwork changed = network;
        changed.normalization.std[1] = bad;
        EXPECT_THROW(check(changed), DataError) << bad;
    }
    IntegerNetwork changed = network;
    changed.normalization.mean[0] = std::nanf("");
    EXPECT_THROW(check(changed), DataError);
}

}  // namespace
}  // namespace f8net
