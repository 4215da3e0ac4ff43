// SPDX-License-Identifier: Apache-2.0
// What export writes, import reads: an equal run, whatever is in it.
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/exchange/export_runs.h"
#include "core/exchange/import_runs.h"
#include "core/store/run_inserter.h"
#include "tests/core/exchange/random_run.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::HasSubstr;

std::vector<RunId> all_runs(const RunStore& store) {
    std::vector<RunId> runs;
    for (const RunSummary& run : RunReader(store).list().runs) runs.push_back(run.id);
    return runs;
}

class JsonRoundTrip : public StoreTest {
protected:
    std::string exported(const std::string& store_path, const std::string& name) {
        const RunStore store(store_path, RunStore::Mode::kReadOnly);
        export_runs(store, all_runs(store), RunFormat::kJson, folder / name);
        return read_text_file(folder / name);
    }

    const std::string other = folder / "other/runs.db";
};

/// Bit for bit; all that is not a number is one value.
void expect_equal(double a, double b) {
    if (std::isnan(a) && std::isnan(b)) return;
    EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0) << a << " and " << b;
}

void expect_equal_points(const RunReader& a, const RunReader& b, const RunId& run) {
    const auto metrics = a.metrics(run), others = b.metrics(run);
    ASSERT_EQ(metrics.size(), others.size());
    for (size_t i = 0; i < metrics.size(); ++i) {
        EXPECT_EQ(metrics[i].name, others[i].name);
        EXPECT_EQ(metrics[i].num_points, others[i].num_points);
        expect_equal(metrics[i].minimum, others[i].minimum);
        const auto points = a.metric(run, metrics[i].name).points, copies = b.metric(run, metrics[i].name).points;
        ASSERT_EQ(points.size(), copies.size());
        for (size_t k = 0; k < points.size(); ++k) {
            EXPECT_EQ(points[k].step, copies[k].step);
            EXPECT_EQ(points[k].epoch, copies[k].epoch);
            expect_equal(points[k].epoch_share, copies[k].epoch_share);
            expect_equal(points[k].wall_time, copies[k].wall_time);
            expect_equal(points[k].value, copies[k].value);
        }
    }
}

TEST_F(JsonRoundTrip, RandomRunsComeBackEqual) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    const RunId first("0abcdefghi01"), second("0abcdefghi02");
    {
        RunStore store = open();
        RunInserter inserter(store);
        add_random_run(random, inserter, first, std::nullopt);
        add_random_run(random, inserter, second, first);
        for (int i = 0; i < 5; ++i) add_random_run(random, inserter, {}, RunId("0lostparent0"));
        inserter.commit();
    }
    const std::string text = exported(path, "runs.json");
    const RunTransfer transfer = import_runs(other, folder / "runs.json");
    EXPECT_EQ(transfer.runs.size(), 7u);
    for (const TransferredRun& run : transfer.runs) EXPECT_EQ(run.from, run.to);
    EXPECT_EQ(exported(other, "again.json"), text);

    // The file could leave out what it does not say; the stores are asked, too.
    const RunStore a = open(RunStore::Mode::kReadOnly), b(other, RunStore::Mode::kReadOnly);
    const RunReader reader(a), copies(b);
    for (const RunId& id : all_runs(a)) {
        const RunRecord run = reader.run(id), copy = copies.run(id);
        EXPECT_EQ(run.config, copy.config);
        EXPECT_EQ(run.environment, copy.environment);
        EXPECT_EQ(run.config_values, copy.config_values);
        EXPECT_EQ(run.tags, copy.tags);
        EXPECT_EQ(run.parent, copy.parent);
        EXPECT_EQ(run.best_top1, copy.best_top1);
        EXPECT_EQ(run.state, copy.state);
        expect_equal(run.duration_seconds, copy.duration_seconds);
        EXPECT_EQ(reader.epochs(id).size(), 3u);
        EXPECT_EQ(reader.histograms(id, Epoch{1}).size(), copies.histograms(id, Epoch{1}).size());
        expect_equal_points(reader, copies, id);
    }
    EXPECT_EQ(copies.run(first).children, std::vector<RunId>{second});
}

TEST_F(JsonRoundTrip, ARunThatWasTrainedComesBackAsItIsReported) {
    const RunId id = create("trained");
    RunWriter writer(path, id, nullptr);
    writer.on_stage_start("fixed-point", {{"head.0", "linear", 3, "head.0", {10, 1, 1}, {10, 64}, 640, 640}}, Step{20},
                          Epoch{2});
    for (int step = 1; step <= 20; ++step) writer.on_step(step_report(step));
    writer.on_epoch(epoch_report(1, 10));
    writer.on_epoch(epoch_report(2, 20));
    writer.on_checkpoint(checkpoint_report(writer.folder(), "best", 2, 20));
    writer.finish(RunState::kFinished, 0);
    const std::string text = exported(path, "runs.json");
    import_runs(other, folder / "runs.json");
    EXPECT_EQ(exported(other, "again.json"), text);
    const RunStore store(other, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_EQ(reader.formats(id, Epoch{2}).front().weight_format.to_string(), "s8.6");
    EXPECT_EQ(reader.histogram(id, Epoch{2}, "head.0", "input")->counts[2], int64_t{1} << 40);
    EXPECT_EQ(*reader.run(id).best_top1, 0.52);
    EXPECT_EQ(reader.checkpoint(id, "best")->path, store.run_folder(id) + "/checkpoint-20.safetensors");
}

TEST_F(JsonRoundTrip, KeysMayStandInAnyOrder) {
    std::mt19937 random(7);
    {
        RunStore store = open();
        RunInserter inserter(store);
        add_random_run(random, inserter, RunId("0abcdefghi01"), std::nullopt);
        inserter.commit();
    }
    const std::string text = exported(path, "runs.json");
    // As tools write it that sort keys.
    write_text_file(folder / "sorted.json", nlohmann::json::parse(text).dump(3));
    import_runs(other, folder / "sorted.json");
    EXPECT_EQ(exported(other, "again.json"), text);
}

class BadJson : public JsonRoundTrip {
protected:
    /// The message of what `text` is refused with; the store has nothing of it.
    std::string refusal(const std::string& text) {
        write_text_file(folder / "bad.json", text);
        const std::string message = message_of<DataError>([&] { import_runs(path, folder / "bad.json"); });
        EXPECT_THAT(message, HasSubstr("bad.json"));
        EXPECT_TRUE(all_runs(open(RunStore::Mode::kReadOnly)).empty());
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), entries_) << message;
        return message;
    }
    void SetUp() override {
        create_and_purge();
        write_text_file(folder / "bad.json", "");
        entries_ = std::distance(std::filesystem::directory_iterator(folder.path()), {});
    }
    static std::string run(const std::string& more = {}) {
        return "{\"format\": \"f8net-runs\", \"version\": 1, \"runs\": [\n{\"id\": \"0abcdefghi01\", \"name\": \"a\", "
               "\"state\": \"finished\",\n\"attempt\": 1, \"step\": 0, \"steps\": 0, \"epoch\": 0, \"epochs\": 0" +
               more + "}]}";
    }

private:
    void create_and_purge() {  // folder, file and journal are there
        const RunId id = create("gone");
        RunStore store = open();
        store.trash(id);
        store.purge(id);
    }
    int64_t entries_ = 0;
};

TEST_F(BadJson, TheLeastThatIsARunIsTaken) {
    write_text_file(folder / "bad.json", run());
    EXPECT_EQ(import_runs(path, folder / "bad.json").runs.size(), 1u);
    EXPECT_EQ(all_runs(open()).size(), 1u);
}

TEST_F(BadJson, IsRefusedWithItsPlace) {
    EXPECT_THAT(refusal("{"), HasSubstr("not JSON"));
    EXPECT_THAT(refusal("{}"), HasSubstr("\"format\": \"f8net-runs\" is missing"));
    EXPECT_THAT(refusal("{\"format\": \"f8net-runs\"}"), HasSubstr("\"runs\" is missing"));
    EXPECT_THAT(refusal("{\"format\": \"f8net-runs\", \"runs\": []}"), HasSubstr("no runs"));
    EXPECT_THAT(refusal("{\"format\": \"f8net-runs\", \"version\": 2, \"runs\": []}"), HasSubstr("version 2"));
    EXPECT_THAT(refusal("{\"format\": \"f8net-runs\", \"runs\": [3]}"), HasSubstr("no runs"));
    EXPECT_THAT(refusal(run().substr(0, 100)), HasSubstr("bad.json:2"));
    EXPECT_THAT(refusal(run(",\n\"tags\": 5")), HasSubstr("bad.json:4: 'tags': expected a list"));
    EXPECT_THAT(refusal(run(", \"parent\": \"../../x\"")), HasSubstr("'parent': expected a run's id"));
    EXPECT_THAT(refusal(run(", \"artifacts\": [{\"path\": \"../../id\"}]")), HasSubstr("leads out"));
    EXPECT_THAT(refusal(run(", \"created\": -1")), HasSubstr("'created'"));
    EXPECT_THAT(refusal(run(", \"created\": 1e400")), HasSubstr("number overflow"));
    EXPECT_THAT(refusal(run(", \"metrics\": [{\"points\": [[1, 1, 0, 0, 2]]}]")), HasSubstr("before its points"));
    for (const char* point : {"[1, 1, 0, 0]", "[-1, 1, 0, 0, 1]", "[1.5, 1, 0, 0, 1]", "[1, 1, 2, 0, 1]",
                              "[1, 1, 0, 0, \"nan\"]", "[18446744073709551615, 1, 0, 0, 1]", "[[], 1, 0, 0, 1]"}) {
        EXPECT_THAT(refusal(run(std::string(",\n\"metrics\": [\n{\"name\": \"m\", \"points\": [\n") + point + "]}]")),
                    HasSubstr("bad.json:6: expected a point"))
            << point;
    }
    EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("a column 'step'"));
    EXPECT_THAT(refusal("{\"a\":" + std::string(100'000, '[')), HasSubstr("nested deeper than 32"));
}

}  // namespace
}  // namespace f8net
