// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_reader.h"

#include <algorithm>
#include <unordered_map>

#include "core/base/error.h"
#include "core/store/connection.h"
#include "core/store/liveness.h"
#include "core/store/run_rows.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

constexpr int kRunsPerTransaction = 1000;  // some ten milliseconds, so that writers never wait long
constexpr int kCandidatesNamed = 8;

using Values = std::unordered_map<std::string, std::map<std::string, std::string>>;  // by run id

std::string shortest(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

/// Escapes what LIKE reads as a pattern.
std::string like_text(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// The name a key means: itself where it exists, else the shortest that ends in it ("lr" means "optimizer.lr", "loss"
// "train/loss").
std::optional<int64_t> id_of_name(RunStore::Connection& connection, const char* sql, const std::string& key,
                                  char separator) {
    Query query(connection, sql);
    query.add(key).add("%" + std::string(1, separator) + like_text(key));
    if (!query.step()) return std::nullopt;
    return query.integer();
}

void read_values(RunStore::Connection& connection, const std::string& key, Values& values) {
    if (const auto id = id_of_name(connection,
                                   "SELECT id FROM config_keys WHERE name = ?1 OR name LIKE ?2 ESCAPE '\\' "
                                   "ORDER BY name <> ?1, length(name), name LIMIT 1",
                                   key, '.')) {
        Query query(connection, "SELECT r.id, c.value FROM run_config AS c JOIN runs AS r USING (run) WHERE c.key = ?");
        query.add(*id);
        while (query.step()) {
            const std::string run = query.text();
            values[run][key] = query.text();
        }
        return;
    }
    // "train/" is what people mean by a bare quantity.
    if (const auto id = id_of_name(connection,
                                   "SELECT id FROM metric_names WHERE name = ?1 OR name LIKE ?2 ESCAPE '\\' "
                                   "ORDER BY name <> ?1, name NOT LIKE 'train/%', length(name), name LIMIT 1",
                                   key, '/')) {
        Query query(connection,
                    "SELECT r.id, s.last FROM metric_summaries AS s JOIN runs AS r USING (run) WHERE s.metric = ?");
        query.add(*id);
        while (query.step()) {
            const std::string run = query.text();
            values[run][key] = shortest(query.real());
        }
    }
}

int64_t counter(RunStore::Connection& connection) {
    Query query(connection, "SELECT value FROM counters WHERE name = 'revision'");
    query.step();
    return query.integer();
}

}  // namespace

UnknownRunError::~UnknownRunError() = default;

RunList RunReader::list(const RunListOptions& options) const {
    RunStore::Connection& connection = store_.connection();
    RunList result;
    result.revision = counter(connection);  // before the runs: what changes meanwhile comes again next time
    {
        Query query(connection, "SELECT count(*) FROM runs");
        query.step();
        result.total = query.integer();
    }
    std::vector<std::string> keys = options.keys;
    for (const std::string& key : options.filter.keys()) keys.push_back(key);
    Values values;
    for (const std::string& key : keys) read_values(connection, key, values);

    static const std::string all =
        std::string("SELECT ") + kSummaryColumns + " FROM runs AS r WHERE r.id < ? ORDER BY r.id DESC LIMIT ?";
    static const std::string changed =
        std::string("SELECT ") + kSummaryColumns +
        " FROM runs AS r WHERE r.id < ? AND r.run IN (SELECT run FROM runs WHERE revision > ? UNION "
        "SELECT run FROM runs WHERE state = 'running') ORDER BY r.id DESC LIMIT ?";
    const bool only_changed = options.changed_since > 0;
    const double now = now_seconds();
    std::string before = "~";  // after every digit and letter
    for (bool more = true; more;) {
        Query query(connection, only_changed ? changed.c_str() : all.c_str());
        query.add(before);
        if (only_changed) query.add(options.changed_since);
        query.add(kRunsPerTransaction);
        int rows = 0;
        while (query.step()) {
            ++rows;
            RunSummary run = read_summary(query, connection, now);
            before = run.id.text();
            if (!only_changed) {
                if (options.trash == RunListOptions::Trash::kWithout && run.trashed_at > 0) continue;
                if (options.trash == RunListOptions::Trash::kOnly && run.trashed_at == 0) continue;
            }
            if (const auto found = values.find(run.id.text()); found != values.end()) run.values = found->second;
            if (!only_changed && !options.filter.matches(run)) continue;
            result.runs.push_back(std::move(run));
            if (options.limit > 0 && static_cast<int>(result.runs.size()) == options.limit) return result;
        }
        more = rows == kRunsPerTransaction;
    }
    return result;
}

RunRecord RunReader::run(const RunId& run) const {
    RunStore::Connection& connection = store_.connection();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kRead);
    const int64_t row = connection.row_of(run);
    static const std::string sql = std::string("SELECT ") + kSummaryColumns +
                                   ", r.config, r.environment, r.command, r.dataset_fingerprint, r.parent_checkpoint "
                                   "FROM runs AS r WHERE r.run = ?";
    Query query(connection, sql.c_str());
    query.add(row).step();
    RunRecord record;
    static_cast<RunSummary&>(record) = read_summary(query, connection, now_seconds());
    record.config = query.text();
    record.environment = query.text();
    record.command = query.text();
    record.dataset_fingerprint = query.text();
    record.parent_checkpoint = query.text();
    Query values(connection,
                 "SELECT k.name, c.value FROM run_config AS c JOIN config_keys AS k ON k.id = c.key WHERE c.run = ?");
    values.add(row);
    while (values.step()) {
        std::string key = values.text();
        record.config_values[std::move(key)] = values.text();
    }
    Query children(connection, "SELECT id FROM runs WHERE parent = ? ORDER BY id");
    children.add(run.text());
    while (children.step()) record.children.emplace_back(children.text());
    return record;
}

std::vector<RunId> RunReader::listed(const std::vector<RunId>& runs) const {
    RunStore::Connection& connection = store_.connection();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kRead);
    std::vector<RunId> listed;
    for (const RunId& run : runs) {
        Query query(connection, "SELECT run FROM runs WHERE id = ? AND trashed_at = 0");
        query.add(run.text());
        if (query.step()) listed.push_back(run);
    }
    return listed;
}

RunId RunReader::find(const std::string& text) const {
    RunStore::Connection& connection = store_.connection();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kRead);
    const auto candidates = [&](const char* sql, const std::string& value) {
        std::vector<std::pair<std::string, std::string>> found;  // id, name
        Query query(connection, sql);
        query.add(value);
        while (query.step()) {
            std::string id = query.text();
            found.emplace_back(std::move(id), query.text());
        }
        return found;
    };
    if (text.empty()) throw ConfigError("the name of a run is missing");
    // A name means a run that is not in the trash where there is one; trashed runs are still found by id.
    for (const char* sql : {"SELECT id, name FROM runs WHERE id = ?",
                            "SELECT id, name FROM runs WHERE name = ? AND trashed_at = 0 ORDER BY id DESC",
                            "SELECT id, name FROM runs WHERE name = ? AND trashed_at > 0 ORDER BY id DESC",
                            "SELECT id, name FROM runs WHERE id LIKE ? ESCAPE '\\' ORDER BY id DESC"}) {
        const bool is_prefix = std::string(sql).find("LIKE") != std::string::npos;
        const auto found = candidates(sql, is_prefix ? like_text(text) + "%" : text);
        if (found.size() == 1) return RunId(found.front().first);
        if (found.size() > 1) {
            std::string message = "'" + text + "' may be any of " + std::to_string(found.size()) + " runs: ";
            for (size_t i = 0; i < found.size() && i < kCandidatesNamed; ++i) {
                message += (i > 0 ? ", " : "") + found[i].first + " (" + found[i].second + ")";
            }
            throw ConfigError(message + (found.size() > kCandidatesNamed ? ", ..." : "") + "; give more of the id");
        }
    }
    std::vector<std::string> names;
    Query query(connection, "SELECT DISTINCT name FROM runs WHERE trashed_at = 0 ORDER BY id DESC LIMIT 1000");
    while (query.step()) names.push_back(query.text());
    const std::string nearest = nearest_name(text, names);
    std::string hint;
    if (!nearest.empty()) {
        hint = "; did you mean '" + nearest + "'?";
    } else if (!names.empty()) {
        hint = "; newest are";
        for (size_t i = 0; i < names.size() && i < 3; ++i) hint += (i > 0 ? ", '" : " '") + names[i] + "'";
    } else {
        hint = "; there are no runs yet";
    }
    throw UnknownRunError("there is no run '" + text + "' in " + connection.path + hint);
}

std::optional<RunId> RunReader::find_unfinished(const std::string& name, const std::string& config) const {
    RunStore::Connection& connection = store_.connection();
    static const std::string sql =
        std::string("SELECT ") + kSummaryColumns +
        " FROM runs AS r WHERE r.name = ? AND r.config = ? AND r.trashed_at = 0 ORDER BY r.id DESC";
    Query query(connection, sql.c_str());
    query.add(name).add(config);
    while (query.step()) {
        const RunSummary run = read_summary(query, connection, now_seconds());
        switch (run.state) {
            case RunState::kStopped:
            case RunState::kFailed:
            case RunState::kCrashed:
            case RunState::kPaused:
                return run.id;
            case RunState::kQueued:
            case RunState::kRunning:
            case RunState::kFinished:
                break;
        }
    }
    return std::nullopt;
}

std::vector<RunSummary> RunReader::queue() const {
    RunStore::Connection& connection = store_.connection();
    static const std::string sql =
        std::string("SELECT ") + kSummaryColumns +
        " FROM runs AS r WHERE r.state = 'queued' AND r.queue_position > 0 AND r.trashed_at = 0 "
        "ORDER BY r.queue_position, r.run";
    Query query(connection, sql.c_str());
    std::vector<RunSummary> runs;
    while (query.step()) runs.push_back(read_summary(query, connection, now_seconds()));
    return runs;
}

std::optional<QueueRunner> RunReader::queue_runner() const {
    RunStore::Connection& connection = store_.connection();
    Query query(
        connection,
        "SELECT l.pid, l.host, l.boot_id, l.process_start, l.heartbeat, j.started_at, r.id, j.state FROM leases "
        "AS l LEFT JOIN jobs AS j ON j.id = (SELECT max(id) FROM jobs WHERE kind = 'queue') "
        "LEFT JOIN runs AS r ON r.run = j.run WHERE l.name = 'queue'");
    if (!query.step()) return std::nullopt;
    QueueRunner runner;
    runner.owner.pid = query.integer();
    runner.owner.host = query.text();
    runner.owner.boot_id = query.text();
    runner.owner.process_start = query.integer();
    runner.owner.heartbeat = query.real();
    runner.started_at = query.real();
    if (const std::string run = query.text(); !run.empty()) runner.run = RunId(run);
    runner.is_ending = query.text() != "running";
    if (!is_alive(runner.owner, now_seconds())) return std::nullopt;
    return runner;
}

std::vector<AttemptRecord> RunReader::attempts(const RunId& run) const {
    RunStore::Connection& connection = store_.connection();
    Query query(
        connection,
        "SELECT attempt, coalesce(resumed_from, 0), started_at, ended_at, host, pid FROM attempts WHERE run = ? "
        "ORDER BY attempt");
    query.add(connection.row_of(run));
    std::vector<AttemptRecord> attempts;
    while (query.step()) {
        AttemptRecord& attempt = attempts.emplace_back();
        attempt.attempt = static_cast<int>(query.integer());
        attempt.resumed_from.value = query.integer();
        attempt.started_at = query.real();
        attempt.ended_at = query.real();
        attempt.host = query.text();
        attempt.pid = query.integer();
    }
    return attempts;
}

}  // namespace f8net
