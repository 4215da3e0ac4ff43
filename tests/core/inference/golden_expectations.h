// SPDX-License-Identifier: Apache-2.0
/// What every integer mode of a recorded network has to give: each accumulator, block, code and logit of
/// tests/golden/networks/<network>_expected.safetensors, element for element (average pool, no sum pool).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/network/integer_network.h"
#include "core/tensorfile/tensor.h"
#include "tests/core/inference/recorded_trace.h"
#include "tests/core/inference/sha256.h"

namespace f8net {

class GoldenExpectations {
public:
    /// prefix: "" or "sharing.". network: the lowered one, for names and order.
    GoldenExpectations(const TensorMap& expected, std::string prefix, const IntegerNetwork& network)
        : expected_(expected), prefix_(std::move(prefix)), network_(network) {}

    void expect_all(const RecordedTrace& trace, const std::vector<int32_t>& logits) const {
        expect_accumulators(trace);
        expect_blocks(trace);
        expect_codes(trace);
        for (const char* mode : {"int_op_only", "integize"}) {
            const auto recorded = expected_.at(prefix_ + "logits." + mode + ".qap0_pf0").to_int64();
            EXPECT_TRUE(std::equal(recorded.begin(), recorded.end(), logits.begin(), logits.end())) << mode;
        }
    }

private:
    /// values: C H W of image 0; key: "acc.NAME", "block.NAME" or "before_pool".
    void expect_recorded(const std::vector<int32_t>& values, const Shape& shape, const std::string& key) const {
        const std::string name = prefix_ + key;
        if (!expected_.contains(name + ".sha256")) return;
        const auto sizes = expected_.at(name + ".shape").to_int64();
        EXPECT_EQ(sizes, shape.height * shape.width == 1 && sizes.size() == 1
                             ? std::vector<int64_t>{shape.channels}
                             : (std::vector<int64_t>{shape.channels, shape.height, shape.width}))
            << name;
        const auto digest = sha256({reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(int32_t)});
        const auto hash = expected_.values<uint8_t>(name + ".sha256");
        EXPECT_TRUE(std::equal(digest.begin(), digest.end(), hash.begin(), hash.end())) << name;
        if (expected_.contains(name + ".full")) {
            const auto full = expected_.values<int32_t>(name + ".full");
            EXPECT_TRUE(std::equal(values.begin(), values.end(), full.begin(), full.end())) << name;
        } else {
            const auto index = expected_.values<int64_t>(name + ".sample_index");
            const auto sample = expected_.values<int32_t>(name + ".sample");
            for (size_t i = 0; i < index.size(); ++i) {
                EXPECT_EQ(values.at(static_cast<size_t>(index[i])), sample[i]) << name << " element " << index[i];
            }
        }
    }

    void expect_accumulators(const RecordedTrace& trace) const {
        size_t compared = 0, recorded = 0;
        for (const auto& [name, values] : trace.accumulators) {
            expect_recorded(channels_first(values), values.shape, "acc." + name);
            compared += expected_.contains(prefix_ + "acc." + name + ".sha256");
        }
        for (const auto& [name, tensor] : expected_.tensors)
            recorded += name.starts_with(prefix_ + "acc.") && name.ends_with(".sha256");
        EXPECT_EQ(compared, recorded);
    }

    /// Output of node i of picture 0, which may be a ReLU (not traced).
    std::vector<int32_t> output_of(size_t i, const RecordedTrace& trace) const {
        const bool is_relu = network_.nodes[i].kind == NodeKind::kRelu;
        const size_t source = is_relu ? static_cast<size_t>(network_.nodes[i].inputs[0]) : i;
        std::vector<int32_t> values = channels_first(trace.accumulators.at(network_.nodes[source].name));
        if (is_relu) {
            for (int32_t& value : values) value = std::max(value, 0);
        }
        return values;
    }

    void expect_blocks(const RecordedTrace& trace) const {
        // A block's output is that of its last node: sum, or convolution, behind a ReLU where the architecture has one.
        for (size_t i = 0; i + 1 < network_.nodes.size(); ++i) {
            const IntegerNode& node = network_.nodes[i];
            const bool is_before_pool = network_.nodes[i + 1].kind == NodeKind::kAveragePool;
            const size_t dot = node.name.find('.');
            const bool ends_block = node.name.starts_with("stage_") &&
                                    !network_.nodes[i + 1].name.starts_with(node.name.substr(0, dot + 1));
            for (const std::string& key : {ends_block ? "block." + node.name.substr(0, dot) : std::string(),
                                           is_before_pool ? std::string("before_pool") : std::string()}) {
                if (key.empty()) continue;
                expect_recorded(output_of(i, trace), node.output, key);
                if (expected_.contains(prefix_ + key + ".fl")) {
                    EXPECT_EQ(node.fractional_length, expected_.at(prefix_ + key + ".fl").item()) << key;
                }
            }
        }
    }

    void expect_codes(const RecordedTrace& trace) const {
        // What enters the first layer and the classifier, of all pictures; recorded without sharing only.
        if (!prefix_.empty()) return;
        for (const auto& [layer, key] :
             {std::pair{"head.0", "input_code"}, std::pair{"classifier.0", "classifier_code.qap0"}}) {
            const auto recorded = expected_.at(key).to_int64();
            const RecordedTrace::Values& codes = trace.codes.at(layer);
            std::vector<int64_t> seen;
            for (int64_t image = 0; image < 4; ++image) {
                const auto values = channels_first(codes, image);
                seen.insert(seen.end(), values.begin(), values.end());
            }
            EXPECT_EQ(seen, recorded) << key;
        }
    }

    const TensorMap& expected_;
    std::string prefix_;
    const IntegerNetwork& network_;
};

}  // namespace f8net
