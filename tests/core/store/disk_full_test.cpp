// SPDX-License-Identifier: Apache-2.0
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/mount.h>

#include <cstring>
#include <fstream>

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::HasSubstr;

/// A file system of 1 MiB, where that may be mounted.
class FullDisk : public testing::Test {
protected:
    void SetUp() override {
        if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
            GTEST_SKIP() << "cannot mount a tmpfs here (" << std::strerror(errno) << "): needs root";
        }
        is_mounted = true;
    }
    void TearDown() override {
        if (is_mounted) umount2(folder.path().c_str(), MNT_DETACH);
    }
    /// Takes all free space but `left` bytes.
    void fill(size_t left) {
        std::ofstream file(folder / "ballast", std::ios::binary);
        const std::string page(4096, 'x');
        while (file.write(page.data(), 4096).flush()) {
        }
        file.close();
        std::filesystem::resize_file(folder / "ballast", std::filesystem::file_size(folder / "ballast") - left);
    }
    void make_room() { std::filesystem::remove(folder / "ballast"); }

    TemporaryFolder folder;
    bool is_mounted = false;
    const std::string path = folder / "runs.db";
};

TEST_F(FullDisk, WriterKeepsWhatItCannotWriteAndGoesOnWhenThereIsRoom) {
    NewRun new_run;
    new_run.name = "full";
    const RunId run = RunStore(path, RunStore::Mode::kReadWrite).create_run(new_run);
    RunWriter writer(path, run, nullptr);
    for (int64_t step = 1; step <= 100; ++step) writer.on_step(step_report(step));
    writer.flush();
    fill(0);
    for (int64_t step = 101; step <= 5000; ++step) {
        StepReport report = step_report(step);
        if (step == 101) report.metrics.push_back({"first seen on the full disk", 3});
        writer.on_step(report);
    }
    const std::string message = message_of<IoError>([&] { writer.flush(); });
    EXPECT_THAT(message, HasSubstr("bytes free"));
    EXPECT_THAT(message, HasSubstr(path));
    EXPECT_NE(writer.failure(), "");
    {
        SQLite::Database database(path);
        EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
        const RunStore store(path, RunStore::Mode::kReadOnly);
        EXPECT_EQ(RunReader(store).metric(run, "train/loss").points.size(), 100u);
    }
    make_room();
    EXPECT_TRUE(eventually([&] { return writer.failure().empty(); }));
    StepReport report = step_report(5001);
    report.metrics.push_back({"first seen after it", 4});
    writer.on_step(report);
    writer.finish(RunState::kFinished, 0);
    const RunStore store(path, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_EQ(reader.metric(run, "train/loss").points.size(), 5001u);
    EXPECT_EQ(reader.metric(run, "first seen on the full disk").points.at(0).value, 3);
    EXPECT_EQ(reader.metric(run, "first seen after it").points.at(0).value, 4);
    EXPECT_EQ(reader.last_events(run, 10).back().event.kind, "disk");  // that there was a gap is not hidden
}

TEST_F(FullDisk, NoRunIsLeftBehindWhenItCannotBeCreated) {
    RunStore store(path, RunStore::Mode::kReadWrite);
    fill(0);
    NewRun run;
    run.config = std::string(200'000, 'c');
    EXPECT_THROW(store.create_run(run), IoError);
    EXPECT_TRUE(RunReader(store).list().runs.empty());
    make_room();
    store.create_run(run);
    EXPECT_EQ(RunReader(store).list().runs.size(), 1u);
}

}  // namespace
}  // namespace f8net
