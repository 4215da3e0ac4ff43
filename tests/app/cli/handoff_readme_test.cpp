// SPDX-License-Identifier: Apache-2.0
#include "app/cli/handoff_readme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/network/small_network.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using testing::Not;

EvaluationRecord evaluation(const std::string& mode, double top1, int64_t images) {
    EvaluationRecord record;
    record.mode = mode;
    record.top1 = top1;
    record.images = images;
    record.split = "test";
    record.checkpoint = "best";
    return record;
}

TEST(HandoffReadme, OfEachModeTheEvaluationOnMostImagesCounts) {
    HandoffFacts facts;
    facts.checkpoint = "best";
    facts.evaluations = {evaluation("integer-only", 0.5, 100),     evaluation("float", 0.25, 100),
                         evaluation("integer-only", 0.75, 10'000), evaluation("integer-only", 0.125, 200),
                         evaluation("float", 0.375, 400),          evaluation("fake-quant", 0.5, 10'000)};
    facts.evaluations[4].checkpoint = "stage:float";
    facts.evaluations[5].checkpoint = "last";  // not what is handed off
    const std::string text = handoff_readme(small_random_network(), facts);
    EXPECT_THAT(text, HasSubstr("| --- |\n| integer-only | 75.00 % | 10000 | test | best |\n"
                                "| float | 25.00 % | 100 | test | best |\n"
                                "| float | 37.50 % | 400 | test | stage:float |\n\n"));
}

TEST(HandoffReadme, SaysWhatGoesInAndWhatAClassIs) {
    IntegerNetwork network = small_random_network();
    EXPECT_THAT(handoff_readme(network, {}),
                HasSubstr("28 x 28 x 1 bytes of a picture (height, width, channels). "
                          "They are the codes as they are, u8.8: 255 stands for 255 / 2^8."));
    network.normalization = {{0.5F}, {0.25F}};
    network.class_names = {"zero", "one"};
    const std::string text = handoff_readme(network, {});
    EXPECT_THAT(text, HasSubstr("round(((byte / 255 - mean) / std) * 2^8) in float32, half to even"));
    EXPECT_THAT(text, HasSubstr("mean 0.5, std 0.25 per channel"));
    EXPECT_THAT(text, HasSubstr("The largest is the class:\n\n0 zero, 1 one.\n"));
}

TEST(HandoffReadme, HasTheRulesOfTheNodesThatAreThere) {
    IntegerNetwork network = small_random_network();
    EXPECT_THAT(handoff_readme(network, {}), HasSubstr("**Residual sum**"));
    EXPECT_THAT(handoff_readme(network, {}), Not(HasSubstr("**Max pool**")));
    network.nodes.back().kind = NodeKind::kMaxPool;
    EXPECT_THAT(handoff_readme(network, {}), HasSubstr("**Max pool**"));
}

TEST(HandoffReadme, TellsWhatWasVerifiedAndWhatCouldNotBe) {
    HandoffFacts facts;
    facts.title = "mine";
    facts.origin = "Run 2s2z (mine), checkpoint best";
    facts.files = {{"network.f8n", "the network", {}},
                   {"network.onnx", "for runtimes", "the same integers in 20 images"},
                   {"c", "for firmware", "not run on this machine (no compiler)"}};
    IntegerNetwork network = small_random_network();
    network.metadata["checkpoint_hash"] = "0123";
    const std::string text = handoff_readme(network, facts);
    EXPECT_THAT(text, testing::StartsWith("# mine\n\n"));
    EXPECT_THAT(text, HasSubstr("Run 2s2z (mine), checkpoint best, hash of its checkpoint's file 0123.\n\n"));
    EXPECT_THAT(text, HasSubstr("written by:\n\n- `network.onnx`: the same integers in 20 images\n"
                                "- `c`: not run on this machine (no compiler)\n"));
    EXPECT_THAT(text, HasSubstr("| `network.f8n` | the network |\n"));
}

}  // namespace
}  // namespace f8net
