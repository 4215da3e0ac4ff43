// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/export_runs.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/atomic_file.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ExportRuns : public StoreTest {
protected:
    RunId trained(const std::string& name, int steps, double last_value = 1) {
        const RunId id = create(name);
        RunWriter writer(path, id, nullptr);
        for (int step = 1; step <= steps; ++step) writer.on_step(step_report(step));
        StepReport last = step_report(steps + 1);
        last.metrics = {{"train/loss", last_value}};
        writer.on_step(last);
        writer.finish(RunState::kFinished, 0);
        return id;
    }
    std::vector<std::string> lines(const std::string& name) {
        std::istringstream text(read_text_file(folder / name));
        std::vector<std::string> lines;
        for (std::string line; std::getline(text, line);) lines.push_back(line);
        return lines;
    }
};

TEST_F(ExportRuns, CsvHasALineForEachPoint) {
    const RunId id = trained("a, \"b\"", 20, std::numeric_limits<double>::infinity());
    const RunExport done = export_runs(open(), {id, id}, RunFormat::kCsv, folder / "m.csv");
    EXPECT_EQ(done.points, 61);
    EXPECT_THAT(done.files, ElementsAre(folder / "m.csv"));
    const std::vector<std::string> rows = lines("m.csv");
    ASSERT_EQ(rows.size(), 62u);
    EXPECT_EQ(rows[0], "run,metric,step,epoch,value,time");
    // Sorted by metric: learning rate, loss, top1. Step 3 is three tenths into the first epoch.
    EXPECT_THAT(rows[23], testing::StartsWith("\"a, \"\"b\"\"\",train/loss,3,0.3"));
    EXPECT_THAT(rows[23], HasSubstr(",0.3333333333333333,1"));
    EXPECT_THAT(rows[41], HasSubstr(",21,2.1"));
    EXPECT_THAT(rows[41], HasSubstr(",inf,1"));
}

TEST_F(ExportRuns, AFolderGetsAFileForEachRun) {
    const RunId a = trained("some/run", 3), b = trained("same", 3), c = trained("same", 4);
    const RunExport done = export_runs(open(), {a, b, c}, RunFormat::kCsv, folder / "out/");
    EXPECT_THAT(done.files, ElementsAre(folder / "out/some-run.csv", folder / ("out/same " + b.text() + ".csv"),
                                        folder / ("out/same " + c.text() + ".csv")));
    EXPECT_EQ(lines("out/some-run.csv").size(), 1u + 3 * 3 + 1);
    EXPECT_THAT(lines("out/same " + c.text() + ".csv")[1], testing::StartsWith("same " + c.text() + ","));
}

TEST_F(ExportRuns, SeveralRunsShareAFile) {
    const RunId a = trained("a", 3), b = trained("b", 4);
    EXPECT_EQ(export_runs(open(), {a, b}, RunFormat::kCsv, folder / "m.csv").points, 10 + 13);
    const auto document = [&] {
        export_runs(open(), {a, b}, RunFormat::kJson, folder / "m.json");
        return nlohmann::json::parse(read_text_file(folder / "m.json"));
    }();
    ASSERT_EQ(document["runs"].size(), 2u);
    EXPECT_EQ(document["runs"][1]["name"], "b");
    EXPECT_EQ(document["runs"][1]["metrics"][1]["name"], "train/loss");
    EXPECT_EQ(document["runs"][1]["metrics"][1]["points"][1][4], 0.5);
}

TEST_F(ExportRuns, JsonSaysWhereValuesComeFrom) {
    NewRun run;
    run.config_values = {{"optimizer.lr", "0.5"}, {"training.epochs", "7"}};
    run.command = "f8net train x.yaml --set optimizer.lr=0.5";
    const RunId id = open().create_run(run);
    export_runs(open(), {id}, RunFormat::kJson, folder / "m.json");
    const auto document = nlohmann::json::parse(read_text_file(folder / "m.json"));
    EXPECT_EQ(document["runs"][0]["origins"]["optimizer.lr"], "command line");
    EXPECT_EQ(document["runs"][0]["origins"]["training.epochs"], "experiment");
}

TEST_F(ExportRuns, WhatIsStoppedChangesNothing) {
    const RunId id = trained("a", 3);
    write_text_file(folder / "m.csv", "before");
    StopToken stop;
    Work work;
    work.stop = &stop;
    work.progress = [&](double) { stop.request_stop(); };  // after the first part
    for (const RunFormat format : run_formats()) {
        const bool is_folder = format == RunFormat::kTensorBoard;
        try {
            export_runs(open(), {id}, format, folder / (is_folder ? "logs" : "m.csv"), work);
            ADD_FAILURE() << "not stopped";
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), ExitCode::kStopped);
        }
    }
    EXPECT_EQ(read_text_file(folder / "m.csv"), "before");
    EXPECT_TRUE(std::filesystem::is_empty(folder / "logs"));
    EXPECT_THROW(export_runs(open(), {id}, RunFormat::kTensorBoard, folder / "m.csv"), IoError);  // that is a file
}

}  // namespace
}  // namespace f8net
