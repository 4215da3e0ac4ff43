// SPDX-License-Identifier: Apache-2.0
// Files that are not what they should be: newer, damaged, foreign, locked, not writable.
#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class DamagedStore : public StoreTest {
protected:
    void overwrite(std::streamoff at, const std::string& bytes) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(at);
        file << bytes;
    }
};

TEST_F(DamagedStore, NewerVersionIsReadAndNotWritten) {
    const RunId run = create("kept");
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec("PRAGMA user_version=99");
    const std::string message = message_of<StoreError>([&] { open(); });
    EXPECT_THAT(message, HasSubstr("newer"));
    EXPECT_THAT(message, HasSubstr("99"));
    EXPECT_THAT(message, HasSubstr(path));
    EXPECT_THAT(message_of<StoreError>([&] { RunWriter writer(path, run, nullptr); }), HasSubstr("newer"));
    const RunStore store = open(RunStore::Mode::kReadOnly);
    EXPECT_EQ(store.schema_version(), 99);
    EXPECT_THAT(store.newer_version_message(), HasSubstr("reading only"));
    EXPECT_EQ(RunReader(store).run(run).name, "kept");
}

TEST_F(DamagedStore, CurrentVersionHasNoMessage) {
    EXPECT_EQ(open().newer_version_message(), "");
}

TEST_F(DamagedStore, TextFileIsNoStore) {
    std::ofstream(path) << std::string(5000, 'x');
    for (const auto mode : {RunStore::Mode::kReadWrite, RunStore::Mode::kReadOnly}) {
        const std::string message = message_of<StoreError>([&] { open(mode); });
        EXPECT_THAT(message, HasSubstr("not a run store"));
        EXPECT_THAT(message, HasSubstr(path));
    }
    EXPECT_EQ(std::filesystem::file_size(path), 5000u);
}

TEST_F(DamagedStore, ForeignDatabaseIsLeftAlone) {
    {
        SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        database.exec("CREATE TABLE songs (title TEXT)");
    }
    EXPECT_THAT(message_of<StoreError>([&] { open(); }), HasSubstr("not a run store"));
    SQLite::Database database(path);
    EXPECT_FALSE(database.tableExists("runs"));
}

TEST_F(DamagedStore, DamagedPagesAreNamedWithPathAndWayOut) {
    for (int i = 0; i < 50; ++i) create("run" + std::to_string(i));
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
    for (std::streamoff page = 4096; page < size; page += 4096) overwrite(page, std::string(64, '\xff'));
    const std::string message = message_of<StoreError>([&] { RunReader(open(RunStore::Mode::kReadOnly)).list(); });
    EXPECT_THAT(message, HasSubstr(path));
    EXPECT_THAT(message, HasSubstr("damaged"));
    EXPECT_THAT(message, HasSubstr("SQLite 11"));
}

TEST_F(DamagedStore, FolderInsteadOfFileIsNamed) {
    EXPECT_THAT(message_of<StoreError>([&] { RunStore(folder.path(), RunStore::Mode::kReadWrite); }),
                HasSubstr("is a folder"));
}

TEST_F(DamagedStore, BusyForTooLongIsAnError) {
    const RunId run = create("a");
    SQLite::Database other(path, SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    RunStore store(path, RunStore::Mode::kReadWrite, StoreOptions{50});
    const std::string message = message_of<StoreError>([&] { store.rename(run, "b"); });
    EXPECT_THAT(message, HasSubstr("busy"));
    EXPECT_THAT(message, HasSubstr(path));
    EXPECT_THAT(message, HasSubstr("BEGIN"));
    other.exec("ROLLBACK");
    store.rename(run, "b");
    EXPECT_EQ(RunReader(store).run(run).name, "b");
}

TEST_F(DamagedStore, FolderThatCannotBeMadeIsAnIoError) {
    std::ofstream(folder / "file") << "x";
    EXPECT_THAT(message_of<IoError>([&] { RunStore(folder / "file/runs.db", RunStore::Mode::kReadWrite); }),
                HasSubstr(folder / "file"));
}

}  // namespace
}  // namespace f8net
