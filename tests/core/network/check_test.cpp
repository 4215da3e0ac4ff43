// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <functional>

#include "core/base/error.h"
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

}  // namespace
}  // namespace f8net
