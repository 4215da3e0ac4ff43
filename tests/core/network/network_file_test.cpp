// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/network/bounds.h"
#include "core/network/skeleton.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

using ::testing::HasSubstr;

class NetworkFile : public ::testing::Test {
protected:
    NetworkFile()
        : path_(std::filesystem::temp_directory_path() / ("f8net-network-" + std::to_string(::getpid()) + ".f8n")) {}
    ~NetworkFile() override { std::filesystem::remove(path_); }
    std::string path_;
};

TEST_F(NetworkFile, GivesBackEverything) {
    IntegerNetwork network = tiny_network("mobilenet_v2", 5, {.keep_effective_weights = true});
    network.class_names = {"a", "b", "c", "d", "e", "f", "gr\xc3\xbcn"};
    network.metadata["run"] = "r1";
    save_integer_network(path_, network);
    const IntegerNetwork loaded = load_integer_network(path_);
    EXPECT_EQ(loaded.architecture, network.architecture);
    EXPECT_EQ(loaded.class_names, network.class_names);
    EXPECT_EQ(loaded.metadata, network.metadata);
    ASSERT_EQ(loaded.nodes.size(), network.nodes.size());
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        const IntegerNode &a = loaded.nodes[i], &b = network.nodes[i];
        EXPECT_EQ(a.name, b.name);
        EXPECT_EQ(a.kind, b.kind);
        EXPECT_EQ(a.inputs, b.inputs);
        EXPECT_EQ(a.output, b.output);
        EXPECT_EQ(a.window, b.window);
        EXPECT_EQ(a.groups, b.groups);
        EXPECT_EQ(a.fractional_length, b.fractional_length);
        EXPECT_EQ(a.sum_pool_shift, b.sum_pool_shift);
        EXPECT_EQ(a.weight_s8, b.weight_s8);
        EXPECT_EQ(a.bias_s32, b.bias_s32);
        EXPECT_EQ(a.effective_weight, b.effective_weight);
        EXPECT_EQ(a.effective_bias, b.effective_bias);
        if (b.has_weights()) {
            EXPECT_EQ(a.input_format, b.input_format);
            EXPECT_EQ(a.weight_format, b.weight_format);
        }
    }
}

TEST_F(NetworkFile, KeepsShiftedStreamsAndSaysThatOlderReadersCannot) {
    IntegerNetwork network = tiny_network("resnet18", 5);
    save_integer_network(path_, network);
    EXPECT_NE(read_text_file(path_).find("\\\"version\\\":1"), std::string::npos);
    const auto add = std::find_if(network.nodes.begin(), network.nodes.end(),
                                  [](const IntegerNode& node) { return node.kind == NodeKind::kAdd; });
    ASSERT_NE(add, network.nodes.end());
    add->stream_shift = -3;
    propagate_formats(network);
    save_integer_network(path_, network);
    EXPECT_NE(read_text_file(path_).find("\\\"version\\\":2"), std::string::npos);
    const IntegerNetwork loaded = load_integer_network(path_);
    const IntegerNode& again = loaded.nodes[static_cast<size_t>(loaded.index_of(add->name))];
    EXPECT_EQ(again.stream_shift, -3);
    EXPECT_EQ(again.fractional_length, add->fractional_length);
    // As if the stream's fractional length were three bits longer.
    const auto length = [&](int operand) {
        return loaded.nodes[static_cast<size_t>(again.inputs[static_cast<size_t>(operand)])].fractional_length;
    };
    EXPECT_EQ(again.fractional_length, std::max(length(0), length(1) + 3));
    EXPECT_EQ(operand_shift(loaded, again, 1), again.fractional_length - length(1) - 3);
    add->stream_shift = 16;
    EXPECT_THROW(save_integer_network(path_, network), DataError);
}

TEST_F(NetworkFile, KeepsTheNormalizationOfTheInput) {
    ArchitectureOptions options = tiny_options("resnet18");
    options.normalized_input = true;
    save_integer_network(path_, make_random_network(make_layer_graph(options), 2));
    EXPECT_EQ(load_integer_network(path_).normalization.mean, std::vector<float>(3, 0.45f));
}

TEST_F(NetworkFile, NamesTheFileThatIsDamaged) {
    save_integer_network(path_, tiny_network("resnet18"));
    std::string bytes = read_text_file(path_);
    bytes[bytes.size() - 100] ^= 0x10;
    write_text_file(path_, bytes);
    try {
        load_integer_network(path_);
        FAIL();
    } catch (const DataError& error) {
        EXPECT_THAT(error.what(), HasSubstr(path_));
    }
}

TEST_F(NetworkFile, RefusesToSaveWhatDoesNotHold) {
    IntegerNetwork network = tiny_network("resnet18");
    network.nodes[1].weight_s8[0] = -128;
    EXPECT_THROW(save_integer_network(path_, network), DataError);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace f8net
