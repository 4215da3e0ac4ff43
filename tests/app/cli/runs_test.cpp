// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/run_store.h"
#include "core/store/run_writer.h"
#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class Runs : public testing::Test {
protected:
    RunId make_run(const std::string& name, const std::string& lr, RunState state) {
        NewRun run;
        run.name = name;
        run.config = "name: " + name + "\n";
        run.config_path = "some/" + name + ".yaml";
        run.config_values = {{"optimizer.lr", lr}, {"training.epochs", "2"}};
        run.tags = {"first"};
        RunStore store(workplace.store(), RunStore::Mode::kReadWrite);
        const RunId id = store.create_run(run);
        RunWriter writer(workplace.store(), id, nullptr);
        writer.finish(state, 0);
        return id;
    }
    nlohmann::json list(const std::vector<std::string>& words = {}) {
        std::vector<std::string> arguments{"runs", "list", "--json"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        return workplace.run_in_store(arguments).json()["runs"];
    }

    Workplace workplace;
};

TEST_F(Runs, ListHasTheKeysOfTheContractNewestFirst) {
    const RunId a = make_run("alpha", "0.1", RunState::kFinished);
    const RunId b = make_run("beta", "0.2", RunState::kStopped);
    const nlohmann::json runs = list();
    ASSERT_EQ(runs.size(), 2u);
    EXPECT_EQ(runs[0]["id"], b.text());
    EXPECT_EQ(runs[0]["state"], "stopped");
    EXPECT_EQ(runs[1]["name"], "alpha");
    EXPECT_EQ(runs[1]["config"], "some/alpha.yaml");
    EXPECT_EQ(runs[1]["tags"], nlohmann::json::array({"first"}));
    EXPECT_TRUE(runs[1]["best_top1"].is_null());  // nothing was evaluated
    EXPECT_EQ(list({"state:finished"}).size(), 1u);
    EXPECT_EQ(list({"lr>0.15"})[0]["name"], "beta");
}

TEST_F(Runs, ShowTakesNamesAndPrefixes) {
    const RunId id = make_run("alpha", "0.1", RunState::kFinished);
    for (const std::string& name : {id.text(), id.text().substr(0, 11), std::string("alpha")}) {
        const Outcome outcome = workplace.run_in_store({"runs", "show", name, "--json"});
        ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
        EXPECT_EQ(outcome.json()["runs"][0]["id"], id.text());
        EXPECT_EQ(outcome.json()["runs"][0]["config_values"]["optimizer.lr"], "0.1");
    }
    EXPECT_THAT(workplace.run_in_store({"runs", "show", "alpha"}).output, HasSubstr("some/alpha.yaml"));
}

TEST_F(Runs, RenameTagAndNoteAreSeenAtOnce) {
    make_run("alpha", "0.1", RunState::kFinished);
    EXPECT_EQ(workplace.run_in_store({"runs", "rename", "alpha", "gamma"}).exit_code, 0);
    EXPECT_EQ(workplace.run_in_store({"runs", "tag", "gamma", "paper"}).exit_code, 0);
    EXPECT_EQ(workplace.run_in_store({"runs", "tag", "gamma", "first", "--remove"}).exit_code, 0);
    EXPECT_EQ(workplace.run_in_store({"runs", "note", "gamma", "two words"}).exit_code, 0);
    const nlohmann::json run = list()[0];
    EXPECT_EQ(run["name"], "gamma");
    EXPECT_EQ(run["tags"], nlohmann::json::array({"paper"}));
    EXPECT_EQ(run["note"], "two words");
}

TEST_F(Runs, WhatIsExportedIsImportedAgain) {
    const RunId a = make_run("alpha", "0.1", RunState::kFinished);
    const RunId b = make_run("beta", "0.2", RunState::kStopped);
    const std::string file = workplace.path("runs.json");
    const Outcome exported =
        workplace.run_in_store({"runs", "export", "alpha", "beta", "--to", "json", "-o", file, "--json"});
    ASSERT_EQ(exported.exit_code, 0) << exported.messages;
    EXPECT_EQ(exported.json()["files"], nlohmann::json::array({file}));
    EXPECT_EQ(exported.json()["runs"].size(), 2u);
    EXPECT_EQ(exported.json()["bytes"], workplace.read("runs.json").size());

    const std::string other = workplace.path("elsewhere/other.db");
    const Outcome imported = workplace.run({"runs", "import", file, "beta", "--json", "--store", other});
    ASSERT_EQ(imported.exit_code, 0) << imported.messages;
    EXPECT_EQ(imported.json()["runs"][0]["id"], b.text());
    EXPECT_EQ(imported.json()["runs"][0]["state"], "stopped");
    // A store; the run that is there already gets another id, and that is said.
    const Outcome again = workplace.run({"runs", "import", workplace.store(), "--json", "--store", other});
    ASSERT_EQ(again.exit_code, 0) << again.messages;
    EXPECT_EQ(again.json()["runs"].size(), 2u);
    EXPECT_EQ(again.json()["new_ids"].size(), 1u);
    EXPECT_NE(again.json()["new_ids"][b.text()], b.text());
    EXPECT_THAT(again.messages, HasSubstr("was taken already"));
    EXPECT_EQ(workplace.run({"runs", "show", a.text(), "--store", other}).exit_code, 0);
}

TEST_F(Runs, ExportAndImportSayWhatIsWrong) {
    make_run("alpha", "0.1", RunState::kFinished);
    const Outcome format = workplace.run_in_store({"runs", "export", "alpha", "--to", "jsn", "-o", "x"});
    EXPECT_EQ(format.exit_code, 2);
    EXPECT_THAT(format.messages, HasSubstr("did you mean 'json'?"));
    workplace.write("bad.csv", "step,loss\n1,2\n1,two\n");
    const Outcome table = workplace.run_in_store({"runs", "import", workplace.path("bad.csv")});
    EXPECT_EQ(table.exit_code, 65);
    EXPECT_THAT(table.messages, HasSubstr("bad.csv:3, column 'loss': expected a number, got 'two'"));
    EXPECT_EQ(workplace.run_in_store({"runs", "import", "nothing.json"}).exit_code, 2);
    EXPECT_EQ(workplace.run_in_store({"runs", "export", "alpha", "--to", "csv", "-o", "/nowhere/m.csv"}).exit_code, 74);
    EXPECT_EQ(list().size(), 1u);
}

TEST_F(Runs, ABackupIsAStoreOfItsOwn) {
    make_run("kept", "0.1", RunState::kFinished);
    const std::string copy = workplace.path("copy.db");
    const Outcome outcome = workplace.run_in_store({"runs", "backup", copy, "--json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_EQ(outcome.json()["path"], copy);
    EXPECT_GT(outcome.json()["bytes"], 0);
    EXPECT_THAT(outcome.messages, HasSubstr("copy that folder"));
    const nlohmann::json runs = workplace.run({"runs", "list", "--json", "--store", copy}).json()["runs"];
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0]["name"], "kept");
    const Outcome again = workplace.run_in_store({"runs", "backup", copy});
    EXPECT_EQ(again.exit_code, 2);
    EXPECT_THAT(again.messages, HasSubstr("is there already"));
}

TEST_F(Runs, DeleteRestoreAndCollect) {
    make_run("alpha", "0.1", RunState::kFinished);
    EXPECT_EQ(workplace.run_in_store({"runs", "delete", "alpha"}).exit_code, 0);
    EXPECT_EQ(list().size(), 0u);
    EXPECT_EQ(list({"--trash"}).size(), 1u);
    EXPECT_EQ(workplace.run_in_store({"runs", "restore", "alpha"}).exit_code, 0);
    EXPECT_EQ(list().size(), 1u);
    EXPECT_EQ(workplace.run_in_store({"runs", "delete", "alpha"}).exit_code, 0);
    const Outcome kept = workplace.run_in_store({"runs", "gc", "--days", "7", "--json"});
    EXPECT_EQ(kept.json()["removed"].size(), 0u);
    const Outcome gone = workplace.run_in_store({"runs", "gc", "--days", "0", "--json"});
    EXPECT_EQ(gone.json()["removed"].size(), 1u);
    EXPECT_EQ(list({"--trash"}).size(), 0u);
}

TEST_F(Runs, CompareSaysWhereRunsDiffer) {
    make_run("alpha", "0.1", RunState::kFinished);
    make_run("beta", "0.2", RunState::kFinished);
    const Outcome outcome = workplace.run_in_store({"runs", "compare", "alpha", "beta", "--json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_EQ(outcome.json()["differences"], nlohmann::json({{"optimizer.lr", {"0.1", "0.2"}}}));
    const std::string text = workplace.run_in_store({"runs", "compare", "alpha", "beta"}).output;
    EXPECT_THAT(text, HasSubstr("optimizer.lr"));
    EXPECT_THAT(text, testing::Not(HasSubstr("training.epochs")));
}

TEST_F(Runs, StoppingARunThatDoesNotRunIsAUsageError) {
    make_run("alpha", "0.1", RunState::kFinished);
    const Outcome outcome = workplace.run_in_store({"runs", "stop", "alpha"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.messages, HasSubstr("is finished"));
}

TEST_F(Runs, ANameOfTwoRunsIsAmbiguous) {
    make_run("alpha", "0.1", RunState::kFinished);
    make_run("alpha", "0.2", RunState::kFinished);
    const Outcome outcome = workplace.run_in_store({"runs", "rename", "alpha", "x"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(list({"name:alpha"}).size(), 2u);
}

TEST_F(Runs, AStoreThatIsNotThereIsEmptyAndStaysAway) {
    EXPECT_EQ(list().size(), 0u);
    EXPECT_EQ(workplace.read("runs.db"), "");
}

}  // namespace
}  // namespace f8net
