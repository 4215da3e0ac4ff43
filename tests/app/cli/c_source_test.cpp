// SPDX-License-Identifier: Apache-2.0
// C source as export writes it and verify runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/atomic_file.h"
#include "core/base/atomic_folder.h"
#include "core/deploy/c/c_evaluator.h"
#include "tests/app/cli/program_runner.h"
#include "tests/core/network/small_network.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class CSourceCommands : public testing::Test {
protected:
    CSourceCommands() { save_integer_network(net, network); }
    Outcome must(std::vector<std::string> arguments) {
        const Outcome outcome = workplace.run_in_store(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
        return outcome;
    }

    Workplace workplace;
    std::string net = workplace.path("net.f8n");
    IntegerNetwork network = small_random_network();
};

TEST_F(CSourceCommands, VerifyRunsIt) {
    if (!why_no_c_source().empty()) GTEST_SKIP() << why_no_c_source();
    const nlohmann::json json = must({"verify", net, "--images", "3", "--against", "c", "--json"}).json();
    EXPECT_TRUE(json["equal"].get<bool>());
    EXPECT_EQ(json["checked"][0]["images"], 3);
    const Outcome injected =
        workplace.run({"verify", net, "--images", "3", "--against", "c", "--inject-layer", "stage_1_layer_0.body.1",
                       "--inject-element", "37", "--inject-bit", "6", "--json"});
    EXPECT_EQ(injected.exit_code, 1);
    EXPECT_EQ(injected.json()["checked"][0]["first_difference"]["layer"], "stage_1_layer_0.body.1");
}

TEST_F(CSourceCommands, ExportWritesAFolder) {
    const std::string out = workplace.path("c");
    int64_t constants = 0;
    for (const IntegerNode& node : network.nodes)
        constants += static_cast<int64_t>(node.weight_s8.size() + 4 * node.bias_s32.size());
    const nlohmann::json json = must({"export", net, "--to", "c", "-o", out, "--json"}).json();
    EXPECT_EQ(json["bytes"], size_on_disk(out));
    EXPECT_EQ(json["constants_bytes"], constants);
    EXPECT_EQ(
        json["ram_bytes"].get<int64_t>(),
        json["arena_bytes"].get<int64_t>() + json["scratch_bytes"].get<int64_t>() + json["stack_bytes"].get<int64_t>());
    EXPECT_EQ(json["code_bytes"].is_null(), !why_no_c_source().empty());
    EXPECT_THAT(workplace.read("c/net.h"),
                HasSubstr("#define F8NET_ARENA_BYTES " + std::to_string(json["arena_bytes"].get<int64_t>())));
    must({"export", net, "--to", "c", "-o", out});  // ours is replaced

    write_text_file(out + "/mine.c", "");
    const Outcome refused = workplace.run({"export", net, "--to", "c", "-o", out});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.messages, HasSubstr("mine.c"));
    const Outcome nowhere = workplace.run({"export", net, "--to", "c", "-o", workplace.path("no/folder")});
    EXPECT_EQ(nowhere.exit_code, 74);
}

}  // namespace
}  // namespace f8net
