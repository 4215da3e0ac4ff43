// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_store.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RunStoreTest : public StoreTest {};

TEST_F(RunStoreTest, MakesFolderFileAndSchema) {
    const std::string deep = folder / "a/b/runs.db";
    const RunStore store(deep, RunStore::Mode::kReadWrite);
    SQLite::Database database(deep);
    EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), RunStore::kSchemaVersion);
    EXPECT_EQ(database.execAndGet("PRAGMA application_id").getInt(), 0x46384E57);
    for (const char* table : {"runs", "metrics", "metric_names", "layers", "layer_formats", "histograms", "artifacts",
                              "events", "requests", "jobs", "evaluations", "leases"}) {
        EXPECT_TRUE(database.tableExists(table)) << table;
    }
    EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
}

TEST_F(RunStoreTest, JournalIsWriteAheadOnlyWhereSqliteHasTheFix) {
    const RunStore store = open();
    // 3.40.1 of Debian 12 has the WAL-reset bug.
    const std::string version = SQLite::getLibVersion();
    if (version == "3.40.1") {
        EXPECT_EQ(store.journal_mode(), "persist");
    }
    EXPECT_THAT(store.journal_mode(), testing::AnyOf("persist", "wal"));
}

TEST_F(RunStoreTest, MissingFileReadsAsEmptyStoreAndIsNotMade) {
    RunStore store = open(RunStore::Mode::kReadOnly);
    EXPECT_TRUE(RunReader(store).list().runs.empty());
    EXPECT_FALSE(std::filesystem::exists(path));
    store.changed();
    const RunId run = create("new");
    EXPECT_TRUE(store.changed());  // the file has appeared
    ASSERT_EQ(RunReader(store).list().runs.size(), 1u);
    EXPECT_EQ(RunReader(store).list().runs[0].id, run);
}

TEST_F(RunStoreTest, NewRunIsQueuedWithAllThatWasKnown) {
    NewRun run;
    run.name = "a";
    run.config = "seed: 1\n";
    run.config_path = "a.yaml";
    run.experiment = "fashion-mnist/quickstart";
    run.config_values = {{"optimizer.lr", "0.1"}, {"seed", "1"}};
    run.model = "resnet18";
    run.dataset = "fashion-mnist";
    run.dataset_fingerprint = "abc";
    run.numeric_mode = "fake-quant";
    run.device = "cpu";
    run.environment = "{}";
    run.command = "f8net train a.yaml";
    run.tags = {"paper", "first"};
    run.note = "note";
    run.total_steps = 100;
    run.total_epochs = 4;
    RunStore store = open();
    const RunId parent = store.create_run({});
    run.parent = parent;
    run.parent_checkpoint = "best";
    const RunId id = store.create_run(run);
    const RunReader reader(store);
    const RunRecord record = reader.run(id);
    EXPECT_EQ(record.state, RunState::kQueued);
    EXPECT_EQ(record.name, "a");
    EXPECT_EQ(record.config, run.config);
    EXPECT_EQ(record.config_values, run.config_values);
    EXPECT_EQ(record.dataset_fingerprint, "abc");
    EXPECT_EQ(record.command, run.command);
    EXPECT_THAT(record.tags, ElementsAre("first", "paper"));
    EXPECT_EQ(record.parent, parent);
    EXPECT_EQ(record.parent_checkpoint, "best");
    EXPECT_EQ(record.total_steps.value, 100);
    EXPECT_TRUE(std::filesystem::is_directory(record.folder));
    EXPECT_EQ(record.folder, folder / ("runs/" + id.text()));
    EXPECT_NEAR(record.created_at, now_seconds(), 10);
    EXPECT_THAT(reader.run(parent).children, ElementsAre(id));
    EXPECT_EQ(reader.run(parent).name, "run");
}

TEST_F(RunStoreTest, IdsHaveTwelveCharactersAndSortByCreation) {
    RunStore store = open();
    std::string previous;
    for (int i = 0; i < 50; ++i) {
        const std::string id = store.create_run({}).text();
        EXPECT_EQ(id.size(), 12u);
        EXPECT_EQ(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
        EXPECT_LT(previous, id);
        previous = id;
    }
}

TEST_F(RunStoreTest, PeopleChangeNameTagsNoteColourAndParent) {
    const RunId run = create("old"), other = create("other");
    RunStore store = open();
    store.rename(run, "new");
    store.add_tag(run, "paper");
    store.add_tag(run, "paper");
    store.add_tag(run, "best");
    store.remove_tag(run, "paper");
    store.set_note(run, "two\nlines");
    store.set_colour(run, 7);
    store.set_parent(run, other, "last");
    const RunRecord record = RunReader(store).run(run);
    EXPECT_EQ(record.name, "new");
    EXPECT_THAT(record.tags, ElementsAre("best"));
    EXPECT_EQ(record.note, "two\nlines");
    EXPECT_EQ(record.colour_index, 7);
    EXPECT_EQ(record.parent, other);
    EXPECT_THROW(store.rename(run, ""), ConfigError);
    EXPECT_THROW(store.add_tag(run, "two words"), ConfigError);
    EXPECT_THROW(store.rename(RunId("nobody"), "x"), ConfigError);
}

TEST_F(RunStoreTest, NamesAndTagsAreTextThatNoTerminalTakesAsCommands) {
    RunStore store = open();
    const auto create_named = [&](const std::string& name, const std::vector<std::string>& tags) {
        NewRun run;
        run.name = name;
        run.tags = tags;
        return store.create_run(run);
    };
    const RunId run = create_named("größer 大 😀", {"ünï"});
    for (const std::string name : {"two\nlines", "\033[31mred", "\xff",
                                   "\xc2\x9b"
                                   "31m"}) {
        EXPECT_THROW(create_named(name, {}), ConfigError) << name;
        EXPECT_THROW(store.rename(run, name), ConfigError) << name;
        EXPECT_THROW(create_named("good", {name}), ConfigError) << name;
        EXPECT_THROW(store.add_tag(run, name), ConfigError) << name;
    }
    EXPECT_THROW(create_named("good", {"two words"}), ConfigError);
    EXPECT_EQ(RunReader(store).list({}).runs.size(), 1u);  // what is refused leaves nothing
    EXPECT_EQ(RunReader(store).run(run).name, "größer 大 😀");
}

TEST_F(RunStoreTest, UpdateReplacesWhatIsKnownAndKeepsTheRest) {
    NewRun run;
    run.name = "a";
    run.model = "resnet18";
    run.config_values = {{"optimizer.lr", "0.1"}, {"gone", "1"}};
    run.tags = {"mine"};
    RunStore store = open();
    const RunId id = store.create_run(run);
    NewRun known;
    known.name = "ignored";
    known.device = "cuda:0";
    known.total_steps = 7;
    known.config_values = {{"optimizer.lr", "0.2"}};
    store.update_run(id, known);
    const RunRecord record = RunReader(store).run(id);
    EXPECT_EQ(record.name, "a");
    EXPECT_EQ(record.model, "resnet18");
    EXPECT_EQ(record.device, "cuda:0");
    EXPECT_EQ(record.total_steps.value, 7);
    EXPECT_EQ(record.config_values, known.config_values);
    EXPECT_THAT(record.tags, ElementsAre("mine"));
}

TEST_F(RunStoreTest, TrashHidesRestoreBringsBackPurgeRemovesRowsAndFolder) {
    const RunId run = create("gone");
    {
        RunWriter writer(path, run, nullptr);
        writer.on_step(step_report(1));
        writer.on_epoch(epoch_report(1, 1));
        writer.on_checkpoint(checkpoint_report(writer.folder(), "last", 1, 1));
        writer.finish(RunState::kFinished, 0);
    }
    RunStore store = open();
    const RunReader reader(store);
    EXPECT_THROW(store.purge(run), ConfigError);  // not in the trash yet
    store.trash(run);
    EXPECT_TRUE(reader.list().runs.empty());
    RunListOptions trashed;
    trashed.trash = RunListOptions::Trash::kOnly;
    EXPECT_EQ(reader.list(trashed).runs.size(), 1u);
    store.restore(run);
    EXPECT_EQ(reader.list().runs.size(), 1u);
    store.trash(run);
    EXPECT_TRUE(store.purge_trash(now_seconds() - 1000).empty());
    EXPECT_THAT(store.purge_trash(now_seconds() + 1), ElementsAre(run));
    EXPECT_FALSE(std::filesystem::exists(store.run_folder(run)));
    EXPECT_THROW(reader.run(run), ConfigError);
    SQLite::Database database(path);
    for (const char* table :
         {"metrics", "metric_summaries", "epochs", "layer_formats", "histograms", "artifacts", "attempts"}) {
        EXPECT_EQ(database.execAndGet(std::string("SELECT count(*) FROM ") + table).getInt(), 0) << table;
    }
}

TEST_F(RunStoreTest, RunningRunIsNotTrashed) {
    const RunId run = create("busy");
    RunWriter writer(path, run, nullptr);
    EXPECT_THAT(message_of<ConfigError>([&] { open().trash(run); }), HasSubstr("running"));
}

TEST_F(RunStoreTest, RequestsNeedARunningRunButAQueuedOneStops) {
    const RunId run = create("a");
    RunStore store = open();
    EXPECT_THAT(message_of<ConfigError>([&] { store.request(run, RunRequest::kCheckpoint); }), HasSubstr("queued"));
    store.request(run, RunRequest::kStop);
    EXPECT_EQ(RunReader(store).run(run).state, RunState::kStopped);
    EXPECT_TRUE(RunReader(store).queue().empty());
    EXPECT_THROW(store.request(run, RunRequest::kStop), ConfigError);
}

TEST_F(RunStoreTest, EvaluationsFillTheTop1OfTheirMode) {
    const RunId run = create("a");
    RunStore store = open();
    EvaluationRecord evaluation;
    evaluation.checkpoint = "best";
    evaluation.split = "test";
    evaluation.images = 10000;
    for (const auto& [mode, top1] : {std::pair{"float", 0.88}, {"fake-quant", 0.889}, {"integer-only", 0.8885}}) {
        evaluation.mode = mode;
        evaluation.top1 = top1;
        store.set_evaluation(run, evaluation);
    }
    evaluation.images = 100;  // a quick look does not replace the whole test set
    evaluation.top1 = 0.99;
    evaluation.loss = 0.3;
    evaluation.integer_modes_agree = true;
    store.set_evaluation(run, evaluation);
    store.set_evaluation(run, evaluation);
    const RunRecord record = RunReader(store).run(run);
    EXPECT_EQ(record.float_top1, 0.88);
    EXPECT_EQ(record.fixed_top1, 0.889);
    EXPECT_EQ(record.integer_top1, 0.8885);
    const auto evaluations = RunReader(store).evaluations(run);
    ASSERT_EQ(evaluations.size(), 4u);
    EXPECT_EQ(evaluations[0].images, 100);
    EXPECT_EQ(evaluations[0].loss, 0.3);
    EXPECT_EQ(evaluations[0].integer_modes_agree, true);
    EXPECT_FALSE(evaluations[1].loss);
    EXPECT_FALSE(evaluations[1].integer_modes_agree);
}

TEST_F(RunStoreTest, ArtifactsInTheRunsFolderMoveWithTheStore) {
    const RunId run = create("a");
    {
        RunStore store = open();
        ArtifactRecord artifact;
        artifact.path = store.run_folder(run) + "/net.onnx";
        artifact.role = "onnx";
        artifact.size_bytes = 5;
        artifact.hash = "ab";
        store.add_artifact(run, artifact);
        artifact.path = "/elsewhere/net.onnx";
        store.add_artifact(run, artifact);
    }
    TemporaryFolder other;
    std::filesystem::copy(folder.path(), other / "moved", std::filesystem::copy_options::recursive);
    RunStore moved(other / "moved/runs.db", RunStore::Mode::kReadWrite);
    std::vector<std::string> paths;
    for (const ArtifactRecord& artifact : RunReader(moved).artifacts(run)) paths.push_back(artifact.path);
    EXPECT_THAT(paths, testing::UnorderedElementsAre(moved.run_folder(run) + "/net.onnx", "/elsewhere/net.onnx"));
    moved.remove_artifact(run, "/elsewhere/net.onnx");
    EXPECT_EQ(RunReader(moved).artifacts(run).size(), 1u);
}

TEST_F(RunStoreTest, ReadOnlyStoreRefusesChanges) {
    const RunId run = create("a");
    RunStore store = open(RunStore::Mode::kReadOnly);
    EXPECT_THAT(message_of<StoreError>([&] { store.rename(run, "b"); }), HasSubstr("reading only"));
    EXPECT_EQ(RunReader(store).run(run).name, "a");
}

}  // namespace
}  // namespace f8net
