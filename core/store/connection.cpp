// SPDX-License-Identifier: Apache-2.0
#include "core/store/connection.h"

#include <sqlite3.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/store/schema.h"

namespace f8net {

namespace {

constexpr int kApplicationId = 0x46384E57;  // "F8NW"

std::string codes(const SQLite::Exception& error) {
    return "SQLite " + std::to_string(error.getErrorCode()) + "/" + std::to_string(error.getExtendedErrorCode());
}

std::string first_line(std::string_view sql) {
    std::string line;
    for (const char c : sql) {
        if (c != '\n' && c != ' ') {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
        if (line.size() >= 160) return line + "...";
    }
    return line;
}

// Write-ahead logging loses committed transactions in a rare race before these versions (sqlite.org/wal.html,
// "WAL-reset bug").
bool has_wal_reset_fix() {
    const int version = sqlite3_libversion_number();
    if (version >= 3'051'003) return true;
    if (version >= 3'051'000) return false;
    if (version >= 3'050'007) return true;
    if (version >= 3'045'000) return false;
    return version >= 3'044'006;
}

}  // namespace

void throw_store_error(const SQLite::Exception& error, const std::string& path, std::string_view sql) {
    const std::string place = sql.empty() ? "" : " [" + first_line(sql) + "]";
    const std::string words = std::string(error.what()) + " (" + codes(error) + ")" + place;
    switch (error.getErrorCode()) {
        case SQLITE_FULL:
            throw IoError("cannot write " + path + ": disk full (" + std::to_string(free_bytes(path)) +
                          " bytes free); free some space, nothing that was stored is lost: " + words);
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY:
            throw IoError("cannot use the run store " + path + " (" + std::to_string(free_bytes(path)) +
                          " bytes free): " + words);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw StoreError("the run store " + path +
                             " is busy: another process has been writing for too long; try again: " + words);
        case SQLITE_NOTADB:
            throw StoreError(path +
                             " is not a run store (not an SQLite file, or its header is damaged); name another with "
                             "--store, or move it away: " +
                             words);
        case SQLITE_CORRUPT:
            throw StoreError("the run store " + path +
                             " is damaged; move it away and restore a backup, or save what can be read "
                             "with: sqlite3 " +
                             path + " .recover: " + words);
        default:
            throw StoreError("run store " + path + ": " + words);
    }
}

RunStore::Connection::Connection(std::string file, Mode open_mode, StoreOptions store_options)
    : path(std::move(file)), mode(open_mode), options(store_options) {
    const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
    path = absolute.string();
    folder = absolute.parent_path().string();
    std::error_code failure;
    if (mode == Mode::kReadOnly && !std::filesystem::exists(path, failure)) {
        open_missing();
        return;
    }
    if (mode == Mode::kReadWrite) {
        std::filesystem::create_directories(folder, failure);
        if (failure) throw IoError("create folder", folder, failure.value());
    }
    if (std::filesystem::is_directory(path, failure)) {
        throw StoreError(path + " is a folder, expected the run store's file, such as " + path + "/runs.db");
    }
    open();
}

void RunStore::Connection::open() {
    try {
        // Readers open for writing too, if they may: only so can they roll back what a killed writer left half done.
        // URIs are for ATTACH (run_transfer.cpp); the path itself is absolute, so never one.
        const int flags =
            SQLite::OPEN_READWRITE | SQLite::OPEN_URI | (mode == Mode::kReadWrite ? SQLite::OPEN_CREATE : 0);
        database = std::make_unique<SQLite::Database>(path, flags, options.busy_timeout_ms);
        sqlite3_extended_result_codes(database->getHandle(), 1);
        database->exec("PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON");
        check_identity();
        if (mode == Mode::kReadOnly) {
            database->exec("PRAGMA query_only=ON");
        } else {
            if (database->execAndGet("PRAGMA application_id").getInt() == 0 || version < kSchemaVersion)
                bring_up_to_date();
            if (sqlite3_db_readonly(database->getHandle(), "main") == 1) {
                throw IoError("cannot write the run store " + path + ": no permission; readers can open it");
            }
            database->exec(has_wal_reset_fix() ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=PERSIST");
            database->exec("PRAGMA synchronous=FULL");
        }
        journal = database->execAndGet("PRAGMA journal_mode").getString();
    } catch (const SQLite::Exception& error) {
        throw_store_error(error, path, {});
    }
}

void RunStore::Connection::open_missing() {
    is_missing = true;
    try {
        database = std::make_unique<SQLite::Database>(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        for (const char* step : schema_steps()) database->exec(step);
        database->exec("PRAGMA query_only=ON");
        journal = "memory";
    } catch (const SQLite::Exception& error) {
        throw_store_error(error, path, {});
    }
    version = kSchemaVersion;
}

void RunStore::Connection::reopen_if_there() {
    std::error_code failure;
    if (!is_missing || !std::filesystem::exists(path, failure)) return;
    statements.clear();
    is_missing = false;
    data_version.reset();
    open();
}

void RunStore::Connection::check_identity() {
    int application = 0;
    bool is_empty = false;
    {
        // One state of the file: its maker may be filling it just now.
        const StoreTransaction transaction(*this, StoreTransaction::Kind::kRead);
        application = database->execAndGet("PRAGMA application_id").getInt();
        version = database->execAndGet("PRAGMA user_version").getInt();
        is_empty = database->execAndGet("SELECT count(*) = 0 FROM sqlite_schema").getInt() != 0;
    }
    if (is_empty && application == 0 && version == 0) {
        // A file that its maker has not filled yet: a reader sees an empty store.
        if (mode == Mode::kReadOnly) {
            database.reset();
            open_missing();
        }
        return;
    }
    if (application != kApplicationId) {
        throw StoreError(path + " is an SQLite file but not a run store (application_id " +
                         std::to_string(application) + ", expected " + std::to_string(kApplicationId) +
                         "); name another with --store");
    }
    if (version > kSchemaVersion && mode == Mode::kReadWrite) {
        throw StoreError("the run store " + path + " was written by a newer version of F8Net Workbench (schema " +
                         std::to_string(version) + ", this program knows " + std::to_string(kSchemaVersion) +
                         "): it can be read but not written; update this program, or name another store with --store");
    }
}

void RunStore::Connection::bring_up_to_date() {
    StoreTransaction transaction(*this, StoreTransaction::Kind::kWrite);
    // Another process may have done it while we waited for the lock.
    version = database->execAndGet("PRAGMA user_version").getInt();
    const std::vector<const char*> steps = schema_steps();
    for (; version < kSchemaVersion; ++version) {
        database->exec(steps.at(static_cast<size_t>(version)));
    }
    database->exec("PRAGMA application_id=" + std::to_string(kApplicationId));
    database->exec("PRAGMA user_version=" + std::to_string(version));
    transaction.commit();
}

SQLite::Statement& RunStore::Connection::prepared(const char* sql) {
    auto& statement = statements[sql];
    if (!statement) {
        try {
            statement = std::make_unique<SQLite::Statement>(*database, sql);
        } catch (const SQLite::Exception& error) {
            throw_store_error(error, path, sql);
        }
    }
    return *statement;
}

void RunStore::Connection::execute(const char* sql) {
    try {
        database->exec(sql);
    } catch (const SQLite::Exception& error) {
        throw_store_error(error, path, sql);
    }
}

void RunStore::Connection::require_writable() const {
    if (mode == Mode::kReadOnly) throw StoreError("the run store " + path + " was opened for reading only");
}

int64_t RunStore::Connection::row_of(const RunId& run) {
    Query query(*this, "SELECT run FROM runs WHERE id = ?");
    query.add(run.text());
    if (!query.step()) throw UnknownRunError("there is no run " + run.text() + " in " + path);
    return query.integer();
}

Query::Query(RunStore::Connection& connection, const char* sql)
    : connection_(connection), sql_(sql), statement_(connection.prepared(sql)) {
    statement_.tryReset();
}

Query::~Query() {
    statement_.tryReset();
    try {
        statement_.clearBindings();
    } catch (const SQLite::Exception&) {
        // Only frees what was bound; the next use binds everything again.
    }
}

template <typename Action>
auto Query::guarded(Action action) {
    try {
        return action();
    } catch (const SQLite::Exception& error) {
        throw_store_error(error, connection_.path, sql_);
    }
}

Query& Query::add(int64_t value) {
    guarded([&] { statement_.bind(++bind_index_, value); });
    return *this;
}

Query& Query::add(double value) {
    if (std::isnan(value)) return add_null();
    guarded([&] { statement_.bind(++bind_index_, value); });
    return *this;
}

Query& Query::add(const std::string& value) {
    guarded([&] { statement_.bind(++bind_index_, value); });
    return *this;
}

Query& Query::add(const std::optional<double>& value) {
    return value ? add(*value) : add_null();
}

Query& Query::add_blob(const void* data, size_t size_bytes) {
    // No bytes are not NULL, which SQLite makes of a null pointer.
    guarded([&] { statement_.bind(++bind_index_, data != nullptr ? data : "", static_cast<int>(size_bytes)); });
    return *this;
}

Query& Query::add_null() {
    guarded([&] { statement_.bind(++bind_index_); });
    return *this;
}

bool Query::step() {
    column_ = 0;
    return guarded([&] { return statement_.executeStep(); });
}

void Query::run() {
    guarded([&] {
        while (statement_.executeStep()) {
        }
        statement_.reset();
    });
    bind_index_ = 0;
}

int64_t Query::integer() {
    return statement_.getColumn(column_++).getInt64();
}

double Query::real() {
    const SQLite::Column column = statement_.getColumn(column_++);
    return column.isNull() ? std::numeric_limits<double>::quiet_NaN() : column.getDouble();
}

std::string Query::text() {
    return statement_.getColumn(column_++).getString();
}

std::optional<double> Query::optional_real() {
    const SQLite::Column column = statement_.getColumn(column_++);
    if (column.isNull()) return std::nullopt;
    return column.getDouble();
}

std::optional<int64_t> Query::optional_integer() {
    const SQLite::Column column = statement_.getColumn(column_++);
    if (column.isNull()) return std::nullopt;
    return column.getInt64();
}

std::string_view Query::blob() {
    const SQLite::Column column = statement_.getColumn(column_++);
    const void* data = column.getBlob();
    return {static_cast<const char*>(data), data == nullptr ? 0 : static_cast<size_t>(column.getBytes())};
}

StoreTransaction::StoreTransaction(RunStore::Connection& connection, Kind kind) : connection_(connection) {
    try {
        transaction_ = std::make_unique<SQLite::Transaction>(
            *connection.database,
            kind == Kind::kWrite ? SQLite::TransactionBehavior::IMMEDIATE : SQLite::TransactionBehavior::DEFERRED);
    } catch (const SQLite::Exception& error) {
        throw_store_error(error, connection.path, "BEGIN");
    }
}

void StoreTransaction::commit() {
    try {
        transaction_->commit();
    } catch (const SQLite::Exception& error) {
        throw_store_error(error, connection_.path, "COMMIT");
    }
}

}  // namespace f8net
