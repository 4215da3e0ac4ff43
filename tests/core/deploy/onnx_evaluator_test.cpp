// SPDX-License-Identifier: Apache-2.0
// Exported files in ONNX Runtime's C library against the law. Where no such library is installed these are skipped.
#include "core/deploy/onnx_evaluator.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/analysis/recorded_trace.h"
#include "core/analysis/verification.h"
#include "core/base/error.h"
#include "core/deploy/onnx_export.h"
#include "core/inference/executor.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

constexpr OnnxFlavour kFlavours[] = {OnnxFlavour::kQLinear, OnnxFlavour::kQdq, OnnxFlavour::kInteger};

class OnnxEvaluation : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = OnnxRuntime::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    }

    static PathComparison compare(const IntegerNetwork& network, const IntegerNetwork& exported, OnnxFlavour flavour,
                                  bool optimized) {
        const auto law = make_executor(network);
        OnnxEvaluator onnx(exported, to_onnx(exported, {.flavour = flavour}), "onnx", optimized, 1);
        return compare_paths(*law, onnx, random_pixels(network.input().output, 5), 4, 3, TraceCoverage::kWhatItShows);
    }
};

TEST_F(OnnxEvaluation, EveryFlavourIsEqualOptimizedAndNot) {
    for (const char* architecture : {"resnet18", "mobilenet_v2"}) {
        ArchitectureOptions options = tiny_options(architecture, 24);
        options.normalized_input = architecture == std::string("resnet18");
        const IntegerNetwork network = make_random_network(make_layer_graph(options), 4);
        for (const OnnxFlavour flavour : kFlavours) {
            for (const bool optimized : {false, true}) {
                const PathComparison comparison = compare(network, network, flavour, optimized);
                EXPECT_TRUE(comparison.equal())
                    << architecture << ", flavour " << static_cast<int>(flavour) << (optimized ? ", optimized: " : ": ")
                    << comparison.first_difference->description();
                EXPECT_EQ(comparison.images, 4);
            }
        }
    }
}

TEST_F(OnnxEvaluation, ReportsTheCodesOfEveryLayerButThoseThatAreTheInput) {
    const IntegerNetwork network = tiny_network("resnet18", 2);
    const std::vector<uint8_t> pixels = random_pixels(network.input().output, 1)(0, 2);
    for (const OnnxFlavour flavour : kFlavours) {
        for (const bool optimized : {false, true}) {
            OnnxEvaluator onnx(network, to_onnx(network, {.flavour = flavour}), "onnx", optimized, 1);
            RecordedTrace trace;
            onnx.run(pixels, 2, &trace);
            int sums = 0;
            for (const IntegerNode& node : network.nodes) {
                const bool is_first = node.has_weights() && node.inputs[0] == 0;
                EXPECT_EQ(trace.find(node.name, TraceTensor::kCodes) != nullptr, node.has_weights() && !is_first)
                    << node.name;
                sums += trace.find(node.name, TraceTensor::kAccumulators) != nullptr ? 1 : 0;
            }
            // The integer and QDQ flavours show all but the ReLUs' and the logits; QLinearConv hides some.
            const auto shown = static_cast<int>(std::count_if(
                network.nodes.begin(), network.nodes.end() - 1,
                [](const IntegerNode& it) { return it.kind != NodeKind::kInput && it.kind != NodeKind::kRelu; }));
            if (optimized) {
                EXPECT_EQ(sums, 0);
            } else if (flavour == OnnxFlavour::kQLinear) {
                EXPECT_GT(sums, shown / 2);
                EXPECT_LT(sums, shown);
            } else {
                EXPECT_EQ(sums, shown);
            }
        }
    }
}

TEST_F(OnnxEvaluation, ADifferenceNamesLayerElementAndBothValues) {
    const IntegerNetwork network = tiny_network("resnet18", 2);
    const std::string layer = "stage_1_layer_0.body.1";
    IntegerNetwork damaged = network;
    IntegerNode& node = damaged.nodes[static_cast<size_t>(damaged.index_of(layer))];
    const int channel = 3;
    node.bias_s32[channel] += 1;  // too little for most codes, so that the accumulators have to be seen
    for (const OnnxFlavour flavour : kFlavours) {
        const PathComparison comparison = compare(network, damaged, flavour, false);
        ASSERT_FALSE(comparison.equal());
        const CodeDifference& difference = *comparison.first_difference;
        EXPECT_EQ(difference.layer, layer);
        EXPECT_EQ(difference.tensor, "acc");
        EXPECT_EQ(difference.channel, channel);
        ASSERT_TRUE(difference.expected && difference.got);
        EXPECT_EQ(*difference.got, *difference.expected + 1);
    }
    std::fill(node.bias_s32.begin(), node.bias_s32.end(), 1 << 20);
    for (const OnnxFlavour flavour : kFlavours) {
        const PathComparison comparison = compare(network, damaged, flavour, true);
        ASSERT_FALSE(comparison.equal());
        EXPECT_EQ(comparison.first_difference->tensor, "code");
    }
}

TEST_F(OnnxEvaluation, LogitsAreComparedWhereNothingElseDiffers) {
    const IntegerNetwork network = tiny_network("mobilenet_v1", 2);
    IntegerNetwork damaged = network;
    damaged.nodes.back().bias_s32[2] -= 1;
    for (const OnnxFlavour flavour : kFlavours) {
        const PathComparison comparison = compare(network, damaged, flavour, true);
        ASSERT_FALSE(comparison.equal());
        EXPECT_EQ(comparison.first_difference->layer, "logits");
        EXPECT_EQ(comparison.first_difference->channel, 2);
    }
}

TEST_F(OnnxEvaluation, RefusesWhatIsNoModel) {
    const IntegerNetwork network = tiny_network("resnet18");
    EXPECT_THROW(OnnxEvaluator(network, "no model", "onnx", true, 1), DataError);
    OnnxEvaluator onnx(network, to_onnx(network), "onnx", true, 1);
    EXPECT_THROW(onnx.run(std::vector<uint8_t>(7), 1, nullptr), ShapeError);
}

}  // namespace
}  // namespace f8net
