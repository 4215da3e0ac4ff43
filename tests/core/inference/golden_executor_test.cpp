// SPDX-License-Identifier: Apache-2.0
// Every recorded accumulator, code and logit of whole networks, element for element.
#include <gtest/gtest.h>

#include "core/inference/executor.h"
#include "tests/core/inference/golden_expectations.h"
#include "tests/core/inference/golden_networks.h"

namespace f8net {
namespace {

struct Case {
    std::string network, path;
    bool sharing;
};

class GoldenExecutor : public ::testing::TestWithParam<Case> {};

TEST_P(GoldenExecutor, EveryNumberEqualsTheRecordedOne) {
    const auto& [name, path, sharing] = GetParam();
    const GoldenNetworkData data = golden_network(name, recorded_options(name, sharing));
    RecordedTrace trace;
    const Logits logits = make_executor(data.network, path, 2)->run(data.pixels, data.images, &trace);
    EXPECT_EQ(logits.images, 4);
    EXPECT_EQ(logits.values[7], static_cast<float>(logits.integers[7]));
    GoldenExpectations(data.expected, sharing ? "sharing." : "", data.network).expect_all(trace, logits.integers);
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
