// SPDX-License-Identifier: Apache-2.0
// Every recorded accumulator, code and logit of whole networks, element for element.
#include <gtest/gtest.h>

#include <algorithm>

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
    const auto paths = executor_paths();
    if (path != "reference" && std::find(paths.begin(), paths.end(), path) == paths.end())
        GTEST_SKIP() << "this processor cannot run " << path;
    const GoldenNetworkData data = golden_network(name, recorded_options(name, sharing));
    RecordedTrace trace;
    const Logits logits = make_executor(data.network, path, 2)->run(data.pixels, data.images, &trace);
    EXPECT_EQ(logits.images, 4);
    EXPECT_EQ(logits.values[7], static_cast<float>(logits.integers[7]));
    GoldenExpectations(data.expected, sharing ? "sharing." : "", data.network).expect_all(trace, logits.integers);
}

std::vector<Case> cases() {
    std::vector<Case> list = {{"mobilenet_v1", "reference", false}};
    for (const char* path : {"scalar", "avx2", "avx512vnni"}) {
        for (const char* network : {"mobilenet_v1", "mobilenet_v2", "resnet18", "resnet18_tiny"})
            list.push_back({network, path, false});
        list.push_back({"mobilenet_v2", path, true});
        list.push_back({"resnet18", path, true});
    }
    return list;
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenExecutor, ::testing::ValuesIn(cases()), [](const auto& each) {
    return each.param.network + "_" + each.param.path + (each.param.sharing ? "_sharing" : "");
});

}  // namespace
}  // namespace f8net
