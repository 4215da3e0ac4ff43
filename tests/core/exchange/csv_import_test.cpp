// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "core/base/atomic_file.h"
#include "core/exchange/export_runs.h"
#include "core/exchange/import_runs.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CsvImport : public StoreTest {
protected:
    RunTransfer import(const std::string& text, const std::string& name = "some.csv") {
        write_text_file(folder / name, text);
        return import_runs(path, folder / name);
    }
    std::string refusal(const std::string& text) {
        const std::string message = message_of<DataError>([&] { import(text); });
        EXPECT_TRUE(RunReader(open(RunStore::Mode::kReadOnly)).list().runs.empty()) << message;
        return message;
    }
    std::vector<double> values(const RunId& run, const std::string& metric) {
        std::vector<double> values;
        for (const MetricPoint& point : RunReader(open()).metric(run, metric).points) values.push_back(point.value);
        return values;
    }
    std::vector<std::string> names(const RunTransfer& transfer) {
        std::vector<std::string> names;
        for (const TransferredRun& run : transfer.runs) names.push_back(run.name);
        std::sort(names.begin(), names.end());
        return names;
    }
};

TEST_F(CsvImport, ReadsWhatExportWrites) {
    const RunId id = create("a, \"b\"");
    RunWriter writer(path, id, nullptr);
    for (int step = 1; step <= 25; ++step) writer.on_step(step_report(step));
    StepReport diverged = step_report(26);
    diverged.metrics = {{"train/loss", std::nan("")}};
    writer.on_step(diverged);
    writer.finish(RunState::kFinished, 0);
    export_runs(open(), {id}, RunFormat::kCsv, folder / "m.csv");
    const RunTransfer transfer = import_runs(path, folder / "m.csv");
    ASSERT_EQ(transfer.runs.size(), 1u);
    EXPECT_EQ(transfer.runs[0].name, "a, \"b\"");
    const RunStore store = open();
    const RunReader reader(store);
    const auto points = reader.metric(id, "train/loss").points,
               copies = reader.metric(transfer.runs[0].to, "train/loss").points;
    ASSERT_EQ(copies.size(), 26u);
    for (size_t i = 0; i < 25; ++i) {
        EXPECT_EQ(points[i].value, copies[i].value);
        EXPECT_EQ(points[i].epoch, copies[i].epoch);
        EXPECT_NEAR(points[i].epoch_share, copies[i].epoch_share, 1e-6);
        EXPECT_EQ(points[i].wall_time, copies[i].wall_time);
    }
    EXPECT_TRUE(std::isnan(copies[25].value));
    const RunRecord run = reader.run(transfer.runs[0].to);
    EXPECT_EQ(run.state, RunState::kFinished);
    EXPECT_EQ(run.step, Step{26});
    EXPECT_EQ(run.epoch, Epoch{3});
    EXPECT_THAT(run.note, HasSubstr("m.csv"));
}

TEST_F(CsvImport, ReadsTensorBoardsDownload) {
    const RunTransfer transfer =
        import("Wall time,Step,Value\r\n1700000000.5,0,2.5\r\n1700000001,10,1.5\r\n", "run-exp1_train-tag-loss.csv");
    EXPECT_THAT(names(transfer), ElementsAre("exp1_train"));
    EXPECT_THAT(values(transfer.runs[0].to, "loss"), ElementsAre(2.5, 1.5));
    EXPECT_EQ(RunReader(open()).run(transfer.runs[0].to).created_at, 1700000000.5);
}

TEST_F(CsvImport, ReadsAChartOfWeightsAndBiases) {
    const RunTransfer transfer = import(
        "\xef\xbb\xbf\"Step\",\"base - train/loss\",\"base - train/loss__MIN\",\"base - train/loss__MAX\",\"wide - "
        "train/loss\"\n\"1\",\"0.5\",\"0.5\",\"0.5\",\"\"\n\"2\",\"NaN\",\"\",\"\",\"-Infinity\"\n");
    EXPECT_THAT(names(transfer), ElementsAre("base", "wide"));
    for (const TransferredRun& run : transfer.runs) {
        EXPECT_THAT(RunReader(open()).metric_names({run.to}), ElementsAre("train/loss"));
        EXPECT_EQ(values(run.to, "train/loss").size(), run.name == "base" ? 2u : 1u);
    }
}

TEST_F(CsvImport, ReadsAColumnForEachMetric) {
    const RunTransfer transfer =
        import("_step,_runtime,_timestamp,epoch,loss,acc\n0,1,1700000000,0.5,3,\n\n1,2,1700000001,1,2,0.25\n");
    EXPECT_THAT(names(transfer), ElementsAre("some"));
    EXPECT_THAT(RunReader(open()).metric_names({transfer.runs[0].to}), ElementsAre("acc", "loss"));
    const auto points = RunReader(open()).metric(transfer.runs[0].to, "loss").points;
    EXPECT_EQ(points[0].epoch, 1);
    EXPECT_EQ(points[0].epoch_share, 0.5f);
    EXPECT_EQ(points[1].epoch, 1);
    EXPECT_EQ(points[1].epoch_share, 1.0f);
    EXPECT_EQ(points[1].wall_time, 1700000001);
}

TEST_F(CsvImport, ALaterRowOfAStepReplacesTheEarlierOne) {
    const RunTransfer transfer = import("metric,step,value\nm,2,1\nm,1,5\nm,2,3\n");
    EXPECT_THAT(values(transfer.runs[0].to, "m"), ElementsAre(5, 3));
    EXPECT_EQ(RunReader(open()).metrics(transfer.runs[0].to)[0].num_points, 2);
    EXPECT_EQ(RunReader(open()).metrics(transfer.runs[0].to)[0].maximum, 5);
}

TEST_F(CsvImport, OnlyTheRunsThatAreNamed) {
    write_text_file(folder / "m.csv", "run,metric,step,value\na,m,1,1\nb,m,1,1\n");
    EXPECT_THAT(names(import_runs(path, folder / "m.csv", {"b"})), ElementsAre("b"));
    EXPECT_THAT(message_of<ConfigError>([&] { import_runs(path, folder / "m.csv", {"c"}); }), HasSubstr("no run 'c'"));
}

TEST_F(CsvImport, BadTablesAreRefusedWithTheirPlace) {
    create("there");
    {
        RunStore store = open();
        store.trash(RunReader(store).list().runs[0].id);
    }
    EXPECT_THAT(refusal("a,b\n1,2\n"), HasSubstr("some.csv:1: a column 'step'"));
    EXPECT_THAT(refusal("run,metric,step\n"), HasSubstr("a column 'value'"));
    EXPECT_THAT(refusal("step,epoch\n1,1\n"), HasSubstr("no column of a metric"));
    EXPECT_THAT(refusal("step,loss,loss\n1,1,1\n"), HasSubstr("'loss' is there twice (2 and 3)"));
    EXPECT_THAT(refusal("step,loss\n1,2\nstep,loss\n"), HasSubstr("some.csv:3, column 'step'"));
    EXPECT_THAT(refusal("step,loss\n1,2\n2\n"), HasSubstr("some.csv:3: 1 cells, expected 2"));
    EXPECT_THAT(refusal("step,loss\n1,two\n"), HasSubstr("some.csv:2, column 'loss': expected a number, got 'two'"));
    for (const char* step : {"-1", "1.5", "nan", "inf", "1e300", ""}) {
        EXPECT_THAT(refusal(std::string("step,loss\n") + step + ",2\n"), HasSubstr("expected a whole number from 0"));
    }
    EXPECT_THAT(refusal("step,time,loss\n1,-5,1\n"), HasSubstr("expected seconds since 1970"));
    EXPECT_THAT(refusal("step,epoch,loss\n1,inf,1\n"), HasSubstr("expected epochs completed"));
    EXPECT_THAT(refusal("step,loss\n\"1\nloss\n"), HasSubstr("some.csv:2: a quote in this row is not closed"));
    EXPECT_THAT(refusal("step,loss\n\"1\"x,2\n"), HasSubstr("text behind a closed quote"));
    EXPECT_THAT(refusal(std::string("step,loss\n1,\0002\n", 16)), HasSubstr("a byte 0"));
    EXPECT_THAT(refusal("step,loss\n1," + std::string(17'000'000, '1')), HasSubstr("absurd size"));
    EXPECT_THAT(refusal("metric,step,value\n,1,1\n"), HasSubstr("a name of run and metric"));
    EXPECT_THAT(refusal("step,loss\n"), HasSubstr("no values"));
    EXPECT_THAT(refusal(""), HasSubstr("empty"));
}

}  // namespace
}  // namespace f8net
