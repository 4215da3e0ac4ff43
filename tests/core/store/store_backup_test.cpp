// SPDX-License-Identifier: Apache-2.0
#include "core/store/store_backup.h"

#include <SQLiteCpp/Database.h>

#include <atomic>
#include <fstream>

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

class Backup : public StoreTest {
protected:
    const std::string copy = folder / "copy.db";
};

TEST_F(Backup, IsAWholeStoreOfOneMomentWhileARunIsLogged) {
    const RunId run = create("logged");
    std::atomic<bool> is_ending = false;
    std::thread training([&] {
        RunWriter writer(path, run, nullptr);
        for (int64_t step = 1; !is_ending; ++step) {
            writer.on_step(step_report(step));
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        writer.finish(RunState::kFinished, 0);
    });
    const RunStore live = open(RunStore::Mode::kReadOnly);
    while (RunReader(live).metrics(run).empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (int i = 0; i < 3; ++i) {
        std::filesystem::remove(copy);
        back_up_store(path, copy);
        const RunStore opened(copy, RunStore::Mode::kReadOnly);
        const RunReader reader(opened);
        EXPECT_EQ(reader.run(run).name, "logged");
        const std::vector<MetricSummary> metrics = reader.metrics(run);
        ASSERT_EQ(metrics.size(), 3u);  // what was logged of a step is there whole
        for (const MetricSummary& metric : metrics) EXPECT_EQ(metric.last_step, metrics[0].last_step) << metric.name;
        EXPECT_GT(metrics[0].num_points, 0);
    }
    is_ending = true;
    training.join();
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
}

TEST_F(Backup, NeverReplacesAFileAndSaysWhatIsNoStore) {
    EXPECT_THROW(back_up_store(path, copy), ConfigError);  // nothing is there
    create("one");
    std::ofstream(copy) << "mine";
    EXPECT_THROW(back_up_store(path, copy), ConfigError);
    EXPECT_EQ(std::filesystem::file_size(copy), 4u);
    EXPECT_THROW(back_up_store(copy, folder / "other.db"), StoreError);
    EXPECT_FALSE(std::filesystem::exists(folder / "other.db"));
    EXPECT_THROW(back_up_store(path, folder / "nowhere/copy.db"), Error);
    SQLite::Database(folder / "another.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t (x)");
    EXPECT_THROW(back_up_store(folder / "another.db", folder / "other.db"), StoreError);  // of another program
    EXPECT_FALSE(std::filesystem::exists(folder / "other.db"));
}

}  // namespace
}  // namespace f8net
