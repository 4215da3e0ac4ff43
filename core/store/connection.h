// SPDX-License-Identifier: Apache-2.0
/// A connection to the store's file, for the .cpp files of this folder alone: statements kept prepared, every error of
/// SQLite translated with the store's path and the SQL. Threads  one at a time.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/store/run_store.h"

namespace f8net {

/// StoreError or IoError that says path, SQL and SQLite's words and codes.
[[noreturn]] void throw_store_error(const SQLite::Exception& error, const std::string& path, std::string_view sql);

struct RunStore::Connection {
    Connection(std::string file, Mode mode, StoreOptions store_options);

    SQLite::Statement& prepared(const char* sql);
    void execute(const char* sql);
    int64_t last_id() { return database->getLastInsertRowid(); }
    int changes() { return database->getChanges(); }
    /// StoreError unless it was opened for writing.
    void require_writable() const;
    /// Row number of a run; ConfigError where there is none.
    int64_t row_of(const RunId& run);
    std::string folder_of(const RunId& run) const { return folder + "/runs/" + run.text(); }
    void reopen_if_there();

    std::string path, folder;
    Mode mode;
    StoreOptions options;
    bool is_missing = false;  // read-only and no such file: a database in memory stands in
    int version = 0;
    std::string journal;
    std::optional<int64_t> data_version;

private:
    void open();
    void open_missing();
    void check_identity();
    void bring_up_to_date();

    std::unique_ptr<SQLite::Database> database;
    std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements;  // by address of the literal
    friend class StoreTransaction;
};

/// A prepared statement in use: bind in order, step, read columns by position; reset at the end.
class Query {
public:
    Query(RunStore::Connection& connection, const char* sql);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    Query& add(int64_t value);
    Query& add(int value) { return add(int64_t{value}); }
    Query& add(bool value) { return add(int64_t{value}); }
    Query& add(double value);  ///< NaN becomes NULL
    Query& add(const std::string& value);
    Query& add(const char* value) { return add(std::string(value)); }
    Query& add(const std::optional<double>& value);
    Query& add_blob(const void* data, size_t size_bytes);
    Query& add_null();

    bool step();  ///< true: there is a row
    void run();   ///< steps to the end and makes ready for binding again

    int64_t integer();
    double real();  ///< NULL reads as NaN
    bool boolean() { return integer() != 0; }
    std::string text();
    std::optional<double> optional_real();
    std::optional<int64_t> optional_integer();
    std::string_view blob();  ///< valid until the next step

private:
    template <typename Action>
    auto guarded(Action action);

    RunStore::Connection& connection_;
    const char* sql_;
    SQLite::Statement& statement_;
    int bind_index_ = 0;
    int column_ = 0;
};

/// Takes the write lock at once (BEGIN IMMEDIATE), or reads one consistent state; rolls back unless committed.
class StoreTransaction {
public:
    enum class Kind { kRead, kWrite };
    StoreTransaction(RunStore::Connection& connection, Kind kind);
    void commit();

private:
    RunStore::Connection& connection_;
    std::unique_ptr<SQLite::Transaction> transaction_;
};

}  // namespace f8net
