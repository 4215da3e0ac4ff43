// SPDX-License-Identifier: Apache-2.0
// What the program says of itself to man and to shells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/cli/reference/completion.h"
#include "app/cli/reference/man_page.h"
#include "core/config/option_table.h"
#include "core/store/run_store.h"
#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

/// `f8net complete -- words`: what is offered, without the help behind it.
std::vector<std::string> offered(const Workplace& workplace, std::vector<std::string> words) {
    words.insert(words.begin(), {"--store", workplace.store(), "complete", "--"});
    const Outcome outcome = workplace.run(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
    std::vector<std::string> lines;
    std::istringstream text(outcome.output);
    std::string line;
    while (std::getline(text, line)) lines.push_back(line.substr(0, line.find('\t')));
    return lines;
}

TEST(Completion, OffersCommandsThenTheirOptions) {
    const Workplace workplace;
    EXPECT_THAT(offered(workplace, {"ev"}), ElementsAre("evaluate"));
    EXPECT_THAT(offered(workplace, {""}), AllOf(IsSupersetOf({"train", "runs", "export"}), Not(Contains("complete"))));
    EXPECT_THAT(offered(workplace, {"runs", "re"}), ElementsAre("rename", "restore"));
    EXPECT_THAT(offered(workplace, {"evaluate", "x", "--"}), IsSupersetOf({"--mode", "--require-top1", "--store"}));
    EXPECT_THAT(offered(workplace, {"evaluate", "--req"}), ElementsAre("--require-top1"));
    EXPECT_THAT(offered(workplace, {"evaluate", "--require-top1", ""}), testing::IsEmpty());
}

TEST(Completion, OffersTheValuesOfAnOption) {
    const Workplace workplace;
    EXPECT_THAT(offered(workplace, {"--color", "a"}), ElementsAre("auto", "always"));
    EXPECT_THAT(offered(workplace, {"--color=n"}), ElementsAre("--color=never"));
    EXPECT_THAT(offered(workplace, {"evaluate", "x", "--mode", "float,integer-"}),
                ElementsAre("float,integer-float", "float,integer-only"));
    EXPECT_THAT(offered(workplace, {"evaluate", "x", "--config", ""}), ElementsAre(":files"));
    EXPECT_THAT(offered(workplace, {"evaluate", "x", "--data", ""}), ElementsAre(":folders"));
}

TEST(Completion, OffersKeysOfTheConfigurationAndTheirChoices) {
    const Workplace workplace;
    EXPECT_THAT(offered(workplace, {"train", "--set", "optimizer.l"}), ElementsAre("optimizer.lr="));
    EXPECT_THAT(offered(workplace, {"train", "--set", "optimizer.nesterov="}),
                ElementsAre("optimizer.nesterov=true", "optimizer.nesterov=false"));
    const std::vector<std::string> all = offered(workplace, {"train", "--set", ""});
    EXPECT_EQ(all.size(), option_table().size());
}

TEST(Completion, OffersRunsOfTheStoreWhereARunCanStand) {
    const Workplace workplace;
    RunStore store(workplace.store(), RunStore::Mode::kReadWrite);
    NewRun run;
    run.name = "paper-resnet";
    store.create_run(run);
    EXPECT_THAT(offered(workplace, {"evaluate", "pap"}), ElementsAre("paper-resnet", ":files"));
    EXPECT_THAT(offered(workplace, {"runs", "compare", "other", ""}), Contains("paper-resnet"));
    EXPECT_THAT(offered(workplace, {"train", "--from", "pap"}), Contains("paper-resnet"));
    EXPECT_THAT(offered(workplace, {"version", ""}), testing::IsEmpty());
}

TEST(Completion, OffersRunsOfTheStoreThatTheLineNames) {
    const Workplace workplace;
    const std::string other = workplace.path("other.db");
    RunStore store(other, RunStore::Mode::kReadWrite);
    NewRun run;
    run.name = "elsewhere";
    store.create_run(run);
    EXPECT_THAT(offered(workplace, {"--store", other, "runs", "show", ""}), Contains("elsewhere"));
    EXPECT_THAT(offered(workplace, {"runs", "show", "--store=" + other, ""}), Contains("elsewhere"));
    EXPECT_THAT(offered(workplace, {"runs", "show", ""}), Not(Contains("elsewhere")));
}

TEST(Completion, OffersFormatsAndPaths) {
    const Workplace workplace;
    EXPECT_THAT(offered(workplace, {"export", "x", "--to", "onnx-"}), ElementsAre("onnx-qdq", "onnx-integer"));
    EXPECT_THAT(offered(workplace, {"export", "x", "--files", "npy,h"}), ElementsAre("npy,hex"));
    EXPECT_THAT(offered(workplace, {"verify", "x", "--against", "c,avx5"}), ElementsAre("c,avx512vnni"));
    EXPECT_THAT(offered(workplace, {"evaluate", "x", "--split", "t"}), ElementsAre("train", "test"));
}

TEST(Completion, SaysNothingOfAStoreThatCannotBeRead) {
    const Workplace workplace;
    workplace.write("runs.db", std::string(5000, 'x'));
    EXPECT_THAT(offered(workplace, {"evaluate", ""}), ElementsAre(":files"));
}

TEST(Completion, InBashReplacesTheWordBeingTyped) {
    const Workplace workplace;
    const std::string program = F8NET_BINARY_DIR "/bin/f8net";
    workplace.write("try.bash",
                    "source " F8NET_SOURCE_DIR "/resources/completions/f8net.bash\n" +
                        std::string("compopt() { :; }\n") +
                        "try() { COMP_LINE=$1 COMP_POINT=${#1}; COMP_WORDS=(\"${@:2}\"); COMP_CWORD=$(($# - 2)); "
                        "_f8net; echo \"${COMPREPLY[*]}\"; }\n" +
                        "try '" + program + " evalu' " + program + " evalu\n" + "try '" + program +
                        " train --set optimizer.nesterov=t' " + program + " train --set optimizer.nesterov = t\n");
    ASSERT_EQ(std::system(("bash " + workplace.path("try.bash") + " > " + workplace.path("out") + " 2>&1").c_str()), 0);
    EXPECT_EQ(workplace.read("out"), "evaluate\ntrue\n");
}

TEST(Manual, HasAPageForEachCommandAndForTheKeys) {
    const Workplace workplace;
    const Outcome outcome = workplace.run({"--json", "manual", workplace.path("man")});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_GT(outcome.json()["files"].size(), 15u);
    const std::string train = workplace.read("man/f8net-train.1");
    EXPECT_THAT(train, StartsWith(".TH F8NET\\-TRAIN 1"));
    EXPECT_THAT(train, HasSubstr("\\fB\\-\\-epochs\\fR \\fIN\\fR"));
    EXPECT_THAT(workplace.read("man/f8net-runs.1"), HasSubstr("\\fBf8net runs compare\\fR \\fIRUN\\fR"));
    const std::string keys = workplace.read("man/f8net-config.5");
    for (const OptionRow& row : option_table()) {
        EXPECT_THAT(keys, HasSubstr("\\fB" + row.environment_name() + "\\fR")) << row.key;
    }
}

TEST(Manual, IsWellFormedRoff) {
    if (std::system("command -v groff > /dev/null 2>&1") != 0) GTEST_SKIP() << "groff is not installed";
    const Workplace workplace;
    ASSERT_EQ(workplace.run({"manual", workplace.path("man")}).exit_code, 0);
    std::filesystem::copy(F8NET_SOURCE_DIR "/resources/man/f8net-workbench.1", workplace.path("man"));
    for (const auto& page : std::filesystem::directory_iterator(workplace.path("man"))) {
        const std::string command =
            "groff -man -Tutf8 -ww -z " + page.path().string() + " > " + workplace.path("warnings") + " 2>&1";
        EXPECT_EQ(std::system(command.c_str()), 0) << page.path();
        EXPECT_EQ(workplace.read("warnings"), "") << page.path();
    }
}

}  // namespace
}  // namespace f8net
