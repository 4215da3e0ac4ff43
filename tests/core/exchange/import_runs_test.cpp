// SPDX-License-Identifier: Apache-2.0
// Runs of one store into another.
#include "core/exchange/import_runs.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/base/atomic_file.h"
#include "core/exchange/export_runs.h"
#include "core/store/run_inserter.h"
#include "core/store/run_transfer.h"
#include "tests/core/exchange/random_run.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class ImportRuns : public StoreTest {
protected:
    void SetUp() override {
        std::mt19937 random(11);
        RunStore store(other, RunStore::Mode::kReadWrite);
        RunInserter inserter(store);
        add_random_run(random, inserter, parent, std::nullopt);
        add_random_run(random, inserter, child, parent);
        inserter.commit();
        for (const RunId& id : {parent, child}) {
            fs::create_directories(store.run_folder(id) + "/checkpoints");
            write_text_file(store.run_folder(id) + "/checkpoints/last.safetensors", id.text());
        }
        create("mine");
    }
    std::string exported(const std::string& store_path, const RunId& run) {
        export_runs(RunStore(store_path, RunStore::Mode::kReadOnly), {run}, RunFormat::kJson, folder / "one.json");
        return read_text_file(folder / "one.json");
    }
    /// Every file under the store's folder, with its content.
    std::map<std::string, std::string> content() {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::recursive_directory_iterator(folder / "here")) {
            const std::string name = entry.path().string();
            if (entry.is_regular_file() && !name.ends_with("-journal")) files[name] = read_text_file(name);
            if (entry.is_directory()) files[name] = "folder";
        }
        return files;
    }
    void change_other(const std::string& sql) { SQLite::Database(other, SQLite::OPEN_READWRITE).exec(sql); }

    const std::string path = folder / "here/runs.db", other = folder / "other/runs.db";
    const RunId parent{"0abcdefghi01"}, child{"0abcdefghi02"};
    RunId create(const std::string& name) {
        NewRun run;
        run.name = name;
        return RunStore(path, RunStore::Mode::kReadWrite).create_run(run);
    }
};

TEST_F(ImportRuns, BringsEverythingAndKeepsIds) {
    const RunTransfer transfer = import_runs(path, other);
    ASSERT_EQ(transfer.runs.size(), 2u);
    for (const RunId& id : {parent, child}) {
        EXPECT_EQ(exported(path, id), exported(other, id));
        EXPECT_EQ(read_text_file(folder / ("here/runs/" + id.text() + "/checkpoints/last.safetensors")), id.text());
    }
    const RunStore store(path, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_EQ(reader.list().runs.size(), 3u);
    EXPECT_EQ(reader.run(parent).children, std::vector<RunId>{child});
    EXPECT_EQ(reader.run(child).folder, folder / ("here/runs/" + child.text()));
    EXPECT_EQ(reader.checkpoint(child, "last")->path,
              folder / ("here/runs/" + child.text() + "/checkpoints/last.safetensors"));
    EXPECT_FALSE(fs::exists(folder / "here/runs.import-" + std::to_string(::getpid())));
}

TEST_F(ImportRuns, ASecondTimeTheRunsGetOtherIdsAndStayRelated) {
    import_runs(path, other);
    const RunTransfer again = import_runs(path, other);
    ASSERT_EQ(again.runs.size(), 2u);
    EXPECT_NE(again.runs[0].to, parent);
    EXPECT_EQ(again.runs[0].from, parent);
    const RunStore store(path, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_EQ(reader.run(again.runs[1].to).parent, again.runs[0].to);
    EXPECT_EQ(reader.run(child).parent, parent);
    EXPECT_EQ(reader.list().runs.size(), 5u);
    EXPECT_EQ(read_text_file(folder / ("here/runs/" + again.runs[1].to.text() + "/checkpoints/last.safetensors")),
              child.text());
}

TEST_F(ImportRuns, OnlyTheNamedOnes) {
    EXPECT_EQ(import_runs(path, other, {child.text()}).runs.size(), 1u);
    const RunStore store(path, RunStore::Mode::kReadOnly);
    EXPECT_EQ(RunReader(store).run(child).parent, parent);  // kept, though that one is not here
    EXPECT_THAT(message_of<ConfigError>([&] { import_runs(path, other, {"nobody"}); }), HasSubstr("no run 'nobody'"));
}

TEST_F(ImportRuns, WhatIsStoppedChangesNothing) {
    const auto before = content();
    // At each of the places where it looks.
    int stops = 0;
    for (int place = 1;; ++place) {
        StopToken stop;
        int looked = 0;
        Work work;
        work.stop = &stop;
        work.progress = [&](double) {
            if (++looked == place) stop.request_stop();
        };
        if (place > 4) break;
        try {
            import_runs(path, other, {}, work);
            ADD_FAILURE() << "not stopped at " << place << " of " << looked;
            break;
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), ExitCode::kStopped);
            ++stops;
        }
        EXPECT_EQ(content(), before) << place;
    }
    EXPECT_EQ(stops, 4);  // two files, two runs
}

TEST_F(ImportRuns, WhatFailsInTheMiddleChangesNothing) {
    // The last run's rows do not fit.
    change_other(
        "UPDATE runs SET name = 'x' WHERE 0; PRAGMA ignore_check_constraints=ON; UPDATE runs SET state = "
        "'nonsense' WHERE id = '" +
        child.text() + "'");
    const auto before = content();
    EXPECT_THROW(import_runs(path, other), StoreError);
    EXPECT_EQ(content(), before);
}

TEST_F(ImportRuns, ANewerStoreIsRefused) {
    change_other("PRAGMA user_version=99");
    const auto before = content();
    EXPECT_THAT(message_of<StoreError>([&] { import_runs(path, other); }),
                testing::AllOf(HasSubstr("newer version"), HasSubstr("schema 99"), HasSubstr("other/runs.db")));
    EXPECT_EQ(content(), before);
}

TEST_F(ImportRuns, ADamagedStoreIsRefusedByItsName) {
    std::string bytes = read_text_file(other);
    for (size_t at = 8192; at < bytes.size(); ++at) bytes[at] = static_cast<char>(bytes[at] ^ 0x5a);
    write_text_file(other, bytes);
    const auto before = content();
    EXPECT_THAT(message_of<StoreError>([&] { import_runs(path, other); }), HasSubstr("other/runs.db"));
    EXPECT_EQ(content(), before);
}

TEST_F(ImportRuns, ARunThatIsTrainedIsLeftOutOrRefused) {
    NewRun fresh;
    fresh.name = "busy";
    const RunId busy = RunStore(other, RunStore::Mode::kReadWrite).create_run(fresh);
    RunWriter writer(other, busy, nullptr);
    const RunTransfer transfer = import_runs(path, other);
    EXPECT_EQ(transfer.runs.size(), 2u);
    ASSERT_EQ(transfer.left_out.size(), 1u);
    EXPECT_EQ(transfer.left_out[0].id, busy);
    EXPECT_THAT(message_of<StoreError>([&] { import_runs(path, other, {"busy"}); }), HasSubstr("is being trained"));
}

TEST_F(ImportRuns, WhoWaitedIsStoppedAndWhoVanishedIsCrashed) {
    change_other("UPDATE runs SET state = 'queued', queue_position = 3 WHERE id = '" + parent.text() +
                 "'; UPDATE runs SET state = 'running', pid = 999999999, host = 'gone', heartbeat = 1700000000, "
                 "attempt_started_at = 1699999000, ran_seconds = 5 WHERE id = '" +
                 child.text() + "'");
    import_runs(path, other);
    const RunStore store(path, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_EQ(reader.run(parent).state, RunState::kStopped);
    EXPECT_EQ(reader.run(parent).queue_position, 0);
    EXPECT_EQ(reader.run(child).state, RunState::kCrashed);
    EXPECT_EQ(reader.run(child).duration_seconds, 1005);
    EXPECT_EQ(reader.run(child).ended_at, 1700000000);
}

TEST_F(ImportRuns, AStoreIsNotImportedIntoItself) {
    EXPECT_THAT(message_of<ConfigError>([&] { import_runs(other, other); }), HasSubstr("name another"));
}

TEST_F(ImportRuns, IdsOfTheFutureAreNotTaken) {
    // New runs would come before it for ever.
    const std::string text = exported(other, parent);
    std::string later = text;
    later.replace(later.find(parent.text()), 12, "zzzzzzzzzzzz");
    write_text_file(folder / "later.json", later);
    const RunTransfer transfer = import_runs(path, folder / "later.json");
    EXPECT_LT(transfer.runs[0].to.text(), create("after").text());
}

}  // namespace
}  // namespace f8net
