// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/real_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/recorded_trace.h"
#include "core/base/error.h"
#include "core/inference/executor.h"
#include "core/network/random_network.h"
#include "tests/core/analysis/small_network.h"
#include "tests/core/inference/golden_networks.h"

namespace f8net {
namespace {

/// Every value of every node of every image, against the law.
void expect_integers(const IntegerNetwork& network, const std::vector<uint8_t>& pixels, int64_t images) {
    RecordedTrace trace;
    make_executor(network, "scalar", 1)->run(pixels, images, &trace);
    const RealNetwork real(network);
    RealNetwork::Outputs outputs;
    for (int64_t image = 0; image < images; ++image) {
        real.run(pixels.data() + image * network.input().output.size(), real.all_layers(true), outputs);
        int nodes = 0;
        for (size_t i = 0; i < network.nodes.size(); ++i) {
            const RecordedTensor* expected = trace.find(network.nodes[i].name, TraceTensor::kAccumulators);
            if (expected == nullptr) continue;
            ++nodes;
            const double step = std::ldexp(1.0, -network.nodes[i].fractional_length);
            int64_t differ = 0;
            for (size_t at = 0; at < outputs[i].size(); ++at) {
                const size_t place = static_cast<size_t>(image * expected->shape.size()) + at;
                differ += outputs[i][at] != static_cast<float>(expected->values[place] * step);
            }
            EXPECT_EQ(differ, 0) << network.nodes[i].name << ", image " << image;
        }
        EXPECT_GT(nodes, 15);
    }
}

class RealNetworkOf : public ::testing::TestWithParam<std::string> {};

TEST_P(RealNetworkOf, AllLayersRoundedIsTheIntegerNetwork) {
    for (const bool sum_pool : {false, true}) {
        LoweringOptions options = recorded_options(GetParam());
        options.quantize_average_pool = sum_pool;
        const GoldenNetworkData data = golden_network(GetParam(), options);
        expect_integers(data.network, data.pixels, data.images);
    }
}

INSTANTIATE_TEST_SUITE_P(Recorded, RealNetworkOf,
                         ::testing::Values("mobilenet_v1", "mobilenet_v2", "resnet18", "resnet18_tiny"),
                         [](const auto& each) { return each.param; });

/// The definition of an unrounded conv or linear layer, one output at a time in float64.
double naive_output(const IntegerNode& node, const Shape& in, const std::vector<float>& input, int64_t y, int64_t x,
                    int out) {
    const double low = node.input_format.min_value(), high = node.input_format.max_value();
    const int each = node.in_channels / node.groups, first = out / (node.out_channels / node.groups) * each;
    const int kernel = node.kind == NodeKind::kLinear ? 1 : node.window.kernel;
    double sum = node.effective_bias[static_cast<size_t>(out)];
    for (int dy = 0; dy < kernel; ++dy) {
        for (int dx = 0; dx < kernel; ++dx) {
            const int64_t from_y = y * node.window.stride + dy - node.window.padding;
            const int64_t from_x = x * node.window.stride + dx - node.window.padding;
            if (from_y < 0 || from_y >= in.height || from_x < 0 || from_x >= in.width) continue;
            for (int c = 0; c < each; ++c) {
                const double value = input[static_cast<size_t>((from_y * in.width + from_x) * in.channels + first + c)];
                const auto weight = static_cast<size_t>(((int64_t{out} * kernel + dy) * kernel + dx) * each + c);
                sum += std::clamp(value, low, high) * node.effective_weight[weight];
            }
        }
    }
    return sum;
}

TEST(RealNetwork, UnroundedLayersAreTheirDefinition) {
    for (const char* architecture : {"resnet18", "mobilenet_v2"}) {
        ArchitectureOptions options;
        options.architecture = architecture;
        options.width_multiplier = 0.125;
        options.image_size = 32;
        options.input_channels = 3;
        options.num_classes = 5;
        RandomNetworkOptions random;
        random.keep_effective_weights = true;
        const IntegerNetwork network = make_random_network(make_layer_graph(options), 11, random);
        std::vector<uint8_t> pixels(static_cast<size_t>(network.input().output.size()));
        for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 7919 >> 3);
        const RealNetwork real(network);
        RealNetwork::Outputs outputs;
        real.run(pixels.data(), real.all_layers(false), outputs);
        EXPECT_EQ(outputs[0][5], pixels[5] / 256.0f);
        for (size_t i = 1; i < network.nodes.size(); ++i) {
            const IntegerNode& node = network.nodes[i];
            const auto input = static_cast<size_t>(node.inputs[0]);
            if (node.kind == NodeKind::kAdd) {
                EXPECT_EQ(outputs[i][3], outputs[input][3] + outputs[static_cast<size_t>(node.inputs[1])][3]);
            }
            if (!node.has_weights()) continue;
            double worst = 0, largest = 1e-9;
            for (int64_t y = 0; y < node.output.height; ++y) {
                for (int64_t x = 0; x < node.output.width; ++x) {
                    for (int out = 0; out < node.out_channels; ++out) {
                        const double expected =
                            naive_output(node, network.nodes[input].output, outputs[input], y, x, out);
                        const double got =
                            outputs[i][static_cast<size_t>((y * node.output.width + x) * node.out_channels + out)];
                        worst = std::max(worst, std::abs(got - expected));
                        largest = std::max(largest, std::abs(expected));
                    }
                }
            }
            EXPECT_LT(worst, 1e-5 * largest) << architecture << " " << node.name;
        }
    }
}

TEST(RealNetwork, GoesOnFromAnyLayer) {
    const GoldenNetworkData data = golden_network("mobilenet_v2", recorded_options("mobilenet_v2"));
    const RealNetwork real(data.network);
    RealNetwork::Outputs base, whole, part;
    real.run(data.pixels.data(), real.all_layers(false), base);
    int pools = 0;
    for (size_t layer = 0; layer < data.network.nodes.size(); ++layer) {
        if (!data.network.nodes[layer].has_weights()) continue;
        auto rounded = real.all_layers(false);
        rounded[layer] = true;
        real.run(data.pixels.data(), rounded, whole);
        real.run_from(real.first_affected(layer), base, rounded, part);
        EXPECT_EQ(whole.back(), part.back()) << data.network.nodes[layer].name;
        pools += real.first_affected(layer) != layer;
    }
    EXPECT_EQ(pools, 1);  // the average pool rounds to the classifier's format
}

TEST(RealNetwork, NamesALayerWithoutRealWeights) {
    const IntegerNetwork network = small_network();
    try {
        RealNetwork real(network);
        FAIL();
    } catch (const DataError& error) {
        EXPECT_NE(std::string(error.what()).find("head.0"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace f8net
