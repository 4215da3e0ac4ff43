// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::vector<std::vector<std::string>>& all_commands() {
    static const std::vector<std::vector<std::string>> commands{{},
                                                                {"train"},
                                                                {"launch"},
                                                                {"evaluate"},
                                                                {"predict"},
                                                                {"verify"},
                                                                {"whatif"},
                                                                {"inspect"},
                                                                {"analyze"},
                                                                {"analyze", "sigma"},
                                                                {"analyze", "layers"},
                                                                {"analyze", "sensitivity"},
                                                                {"analyze", "headroom"},
                                                                {"analyze", "flips"},
                                                                {"lower"},
                                                                {"export"},
                                                                {"bench"},
                                                                {"runs"},
                                                                {"runs", "list"},
                                                                {"runs", "show"},
                                                                {"runs", "compare"},
                                                                {"runs", "rename"},
                                                                {"runs", "tag"},
                                                                {"runs", "note"},
                                                                {"runs", "stop"},
                                                                {"runs", "delete"},
                                                                {"runs", "restore"},
                                                                {"runs", "gc"},
                                                                {"config"},
                                                                {"config", "check"},
                                                                {"config", "show"},
                                                                {"config", "keys"},
                                                                {"config", "convert"},
                                                                {"data"},
                                                                {"data", "list"},
                                                                {"data", "info"},
                                                                {"doctor"},
                                                                {"gui"},
                                                                {"manual"},
                                                                {"complete"},
                                                                {"version"}};
    return commands;
}

TEST(Help, OfEveryCommandStartsWithExamples) {
    const Workplace workplace;
    for (std::vector<std::string> command : all_commands()) {
        command.emplace_back("--help");
        const Outcome outcome = workplace.run(command);
        EXPECT_EQ(outcome.exit_code, 0) << command.front();
        EXPECT_THAT(outcome.output, StartsWith("Examples:\n  f8net ")) << command.front();
        EXPECT_EQ(outcome.messages, "");
        EXPECT_THAT(outcome.output, HasSubstr("--store FILE"));
        for (const char* type : {"INT", "FLOAT", "POSITIVE"}) EXPECT_THAT(outcome.output, Not(HasSubstr(type)));
    }
}

TEST(Help, ThatCannotBeWrittenIsAnError) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full, where every write fails";
    const Workplace workplace;
    for (const char* asked : {"--help", "--version"}) {
        const Outcome outcome = workplace.run_program(
            "/bin/sh", {"-c", "\"$0\" " + std::string(asked) + " >/dev/full", F8NET_BINARY_DIR "/bin/f8net"});
        EXPECT_EQ(outcome.exit_code, 74) << asked;
        EXPECT_THAT(outcome.messages, HasSubstr("cannot write standard output: No space left on device"));
    }
}

TEST(Help, IsFast) {
    const Workplace workplace;
    double best_ms = 1e9;
    for (int i = 0; i < 20; ++i) {
        const auto start = std::chrono::steady_clock::now();
        workplace.run({"--help"});
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
        best_ms = std::min(best_ms, elapsed.count());
    }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers take their time: " << best_ms << " ms";
#endif
    EXPECT_LE(best_ms, 50);
}

TEST(Program, WithoutCommandSaysWhatThereIs) {
    const Workplace workplace;
    const Outcome outcome = workplace.run({});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.messages, HasSubstr("train"));
    EXPECT_EQ(workplace.run({"runs"}).exit_code, 2);
}

TEST(Program, WritesNoColourWhereThereIsNoTerminalUnlessAsked) {
    const Workplace workplace;
    EXPECT_THAT(workplace.run({"runs", "show", "nobody"}).messages, testing::Not(HasSubstr("\033[")));
    EXPECT_THAT(workplace.run({"runs", "show", "nobody", "--color", "always"}).messages, HasSubstr("\033["));
}

TEST(Program, CommonOptionsStandBeforeOrBehindTheCommand) {
    const Workplace workplace;
    EXPECT_EQ(workplace.run({"--store", workplace.store(), "--json", "runs", "list"}).json()["runs"].size(), 0u);
    EXPECT_EQ(workplace.run({"runs", "list", "--store", workplace.store(), "--json"}).json()["runs"].size(), 0u);
}

}  // namespace
}  // namespace f8net
