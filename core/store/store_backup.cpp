// SPDX-License-Identifier: Apache-2.0
#include "core/store/store_backup.h"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "core/base/error.h"
#include "core/store/connection.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

/// Removed unless it was renamed.
struct UnfinishedFile {
    std::string path;
    ~UnfinishedFile() {
        std::error_code ignored;
        for (const char* suffix : {"", "-journal", "-wal", "-shm"}) fs::remove(path + suffix, ignored);
    }
};

}  // namespace

void back_up_store(const std::string& store, const std::string& copy) {
    if (!fs::exists(store)) throw ConfigError("there is no store " + store + " to back up; --store names another");
    if (fs::exists(copy)) throw ConfigError(copy + " is there already; name a file that is not");
    const RunStore checked(store, RunStore::Mode::kReadOnly);  // refuses what is no run store, in its words
    const UnfinishedFile unfinished{copy + ".tmp-" + std::to_string(::getpid())};
    try {
        SQLite::Database source(store, SQLite::OPEN_READONLY, StoreOptions().busy_timeout_ms);
        SQLite::Database target(unfinished.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        // All pages in one step: a copy in parts would begin anew whenever a run writes between two of them.
        SQLite::Backup backup(target, source);
        if (backup.executeStep() != SQLITE_DONE)
            throw StoreError(store + " was written to all the time while it was to be backed up; try again");
    } catch (const SQLite::Exception& error) {
        throw_store_error(error, store, "backup to " + copy);
    }
    if (::rename(unfinished.path.c_str(), copy.c_str()) != 0) throw IoError("rename to", copy, errno);
}

}  // namespace f8net
