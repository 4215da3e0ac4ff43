// SPDX-License-Identifier: Apache-2.0
// Every recorded accumulator, code and logit of whole networks, element for element.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/inference/executor.h"
#include "tests/core/inference/golden_networks.h"
#include "tests/core/inference/recorded_trace.h"
#include "tests/core/inference/sha256.h"

namespace f8net {
namespace {

struct Case {
    std::string network, path;
    bool sharing;
};

class GoldenExecutor : public ::testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        const std::string& name = GetParam().network;
        if (golden_checkpoint(name).empty()) GTEST_SKIP() << "no checkpoint of " << name << " in " << golden_folder();
        data_ = golden_network(name, recorded_options(name, GetParam().sharing));
        prefix_ = GetParam().sharing ? "sharing." : "";
        if (GetParam().sharing && !data_.expected.contains("sharing.before_pool.full")) GTEST_SKIP() << "not recorded";
        logits_ = make_executor(data_.network, GetParam().path, 2)->run(data_.pixels, data_.images, &trace_);
    }

    /// values: C H W of image 0; key: "acc.NAME" or "block.NAME".
    void expect_recorded(const std::vector<int32_t>& values, const std::string& key) const {
        const TensorMap& expected = data_.expected;
        const std::string name = prefix_ + key;
        if (!expected.contains(name + ".sha256")) return;
        const auto digest = sha256({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(int32_t)});
        const auto hash = expected.values<uint8_t>(name + ".sha256");
        EXPECT_TRUE(std::equal(digest.begin(), digest.end(), hash.begin(), hash.end())) << name;
        if (expected.contains(name + ".full")) {
            const auto full = expected.values<int32_t>(name + ".full");
            EXPECT_TRUE(std::equal(values.begin(), values.end(), full.begin(), full.end())) << name;
        } else {
            const auto index = expected.values<int64_t>(name + ".sample_index");
            const auto sample = expected.values<int32_t>(name + ".sample");
            for (size_t i = 0; i < index.size(); ++i) {
                EXPECT_EQ(values.at(static_cast<size_t>(index[i])), sample[i]) << name << " element " << index[i];
            }
        }
    }

    GoldenNetworkData data_;
    std::string prefix_;
    RecordedTrace trace_;
    Logits logits_;
};

TEST_P(GoldenExecutor, EveryAccumulatorEqualsTheRecordedOne) {
    int compared = 0;
    for (const auto& [name, values] : trace_.accumulators) {
        expect_recorded(channels_first(values), "acc." + name);
        compared += data_.expected.contains(prefix_ + "acc." + name + ".sha256");
    }
    EXPECT_GE(compared, 20);
}

TEST_P(GoldenExecutor, EveryBlockEqualsTheRecordedOne) {
    // A block's output is that of its last node: sum, or convolution, behind a ReLU where the architecture has one.
    const IntegerNetwork& network = data_.network;
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        const std::string& name = network.nodes[i].name;
        const size_t dot = name.find('.');
        if (!name.starts_with("stage_") || network.nodes[i + 1].name.starts_with(name.substr(0, dot + 1))) continue;
        const bool is_relu = network.nodes[i].kind == NodeKind::kRelu;
        const IntegerNode& source =
            is_relu ? network.nodes[static_cast<size_t>(network.nodes[i].inputs[0])] : network.nodes[i];
        std::vector<int32_t> values = channels_first(trace_.accumulators.at(source.name));
        if (is_relu) {
            for (int32_t& value : values) value = std::max(value, 0);
        }
        const std::string key = "block." + name.substr(0, dot);
        expect_recorded(values, key);
        if (prefix_.empty()) {
            EXPECT_EQ(network.nodes[i].fractional_length, data_.expected.at(key + ".fl").item()) << key;
        }
    }
}

TEST_P(GoldenExecutor, CodesEnteringFirstLayerAndClassifierEqualTheRecordedOnes) {
    if (GetParam().sharing) GTEST_SKIP() << "recorded without sharing only";
    for (int64_t image = 0; image < data_.images; ++image) {
        const auto first = channels_first(trace_.codes.at("head.0"), image);
        const auto last = channels_first(trace_.codes.at("classifier.0"), image);
        const auto input_code = data_.expected.at("input_code").to_int64();
        const auto classifier_code = data_.expected.at("classifier_code.qap0").to_int64();
        for (size_t i = 0; i < first.size(); ++i)
            ASSERT_EQ(first[i], input_code[static_cast<size_t>(image) * first.size() + i]);
        for (size_t i = 0; i < last.size(); ++i)
            ASSERT_EQ(last[i], classifier_code[static_cast<size_t>(image) * last.size() + i]);
    }
}

TEST_P(GoldenExecutor, LogitsEqualTheRecordedOnes) {
    const auto expected = data_.expected.values<int32_t>(prefix_ + "logits.int_op_only.qap0_pf0");
    EXPECT_EQ(logits_.integers, std::vector<int32_t>(expected.begin(), expected.end()));
    EXPECT_EQ(logits_.images, 4);
    EXPECT_EQ(logits_.values[7], static_cast<float>(logits_.integers[7]));
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenExecutor,
                         ::testing::Values(Case{"mobilenet_v1", "reference", false},
                                           Case{"mobilenet_v1", "scalar", false}, Case{"mobilenet_v2", "scalar", false},
                                           Case{"mobilenet_v2", "scalar", true}, Case{"resnet18", "scalar", false},
                                           Case{"resnet18", "scalar", true}, Case{"resnet18_tiny", "scalar", false}),
                         [](const auto& each) {
                             return each.param.network + "_" + each.param.path + (each.param.sharing ? "_sharing" : "");
                         });

}  // namespace
}  // namespace f8net
