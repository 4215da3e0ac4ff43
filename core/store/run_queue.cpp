// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_queue.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/store/connection.h"
#include "core/store/liveness.h"
#include "core/store/run_reader.h"
#include "core/store/run_rows.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

/// As readers see it: a run whose process is gone is crashed. Inside the caller's transaction.
RunSummary summary_of(RunStore::Connection& connection, int64_t row) {
    static const std::string sql = std::string("SELECT ") + kSummaryColumns + " FROM runs AS r WHERE r.run = ?";
    Query query(connection, sql.c_str());
    query.add(row).step();
    return read_summary(query, connection, now_seconds());
}

void require_can_wait(const RunSummary& run) {
    const std::string text = "run " + run.id.text() + " (" + run.name + ")";
    if (run.trashed_at > 0) throw ConfigError(text + " is in the trash; restore it first: f8net runs restore");
    if (run.state == RunState::kRunning) {
        throw ConfigError(text + " is running (" + to_string(run.owner) + "); it needs no queue");
    }
    if (run.state == RunState::kFinished) {
        throw ConfigError(text + " has finished; to train its configuration again: f8net queue add " +
                          (run.config_path.empty() ? "CONFIG" : run.config_path));
    }
}

void set_position(RunStore::Connection& connection, int64_t row, int64_t position) {
    std::vector<int64_t> order;
    {
        Query query(connection,
                    "SELECT run FROM runs WHERE state = 'queued' AND queue_position > 0 AND trashed_at = 0 "
                    "ORDER BY queue_position, run");
        while (query.step()) {
            if (const int64_t other = query.integer(); other != row) order.push_back(other);
        }
    }
    const int64_t index = std::clamp<int64_t>(position - 1, 0, static_cast<int64_t>(order.size()));
    order.insert(order.begin() + index, row);
    for (size_t i = 0; i < order.size(); ++i) {
        Query(connection, "UPDATE runs SET queue_position = ?1 WHERE run = ?2 AND queue_position <> ?1")
            .add(static_cast<int64_t>(i + 1))
            .add(order[i])
            .run();
    }
}

}  // namespace

void RunQueue::put(const RunId& run, int64_t position) {
    RunStore::Connection& connection = store_.connection();
    connection.require_writable();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    const int64_t row = connection.row_of(run);
    const RunSummary before = summary_of(connection, row);
    require_can_wait(before);
    if (before.state == RunState::kCrashed) end_silent_attempt(connection, row);
    Query(
        connection,
        "UPDATE runs SET state = 'queued', ended_at = 0, exit_code = NULL, message = '', updated_at = ? WHERE run = ?")
        .add(now_seconds())
        .add(row)
        .run();
    set_position(connection, row, position);
    transaction.commit();
}

void RunQueue::append(const RunId& run) {
    put(run, std::numeric_limits<int64_t>::max());
}

void RunQueue::remove(const RunId& run) {
    RunStore::Connection& connection = store_.connection();
    connection.require_writable();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    const int64_t row = connection.row_of(run);
    const RunSummary before = summary_of(connection, row);
    if (before.state != RunState::kQueued) {
        throw ConfigError("run " + run.text() + " (" + before.name + ") is " + to_string(before.state) +
                          ", not in the queue" +
                          (before.state == RunState::kRunning ? "; to stop it: f8net runs stop " + run.text() : ""));
    }
    Query(connection,
          "UPDATE runs SET state = 'stopped', queue_position = 0, ended_at = ?1, updated_at = ?1 WHERE run = ?2")
        .add(now_seconds())
        .add(row)
        .run();
    transaction.commit();
}

void RunQueue::fail(const RunId& run, int exit_code, const std::string& message) {
    RunStore::Connection& connection = store_.connection();
    connection.require_writable();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    Query(connection,
          "UPDATE runs SET state = 'failed', queue_position = 0, exit_code = ?1, message = ?2, ended_at = ?3, "
          "updated_at = ?3 WHERE run = ?4 AND state = 'queued'")
        .add(exit_code)
        .add(message)
        .add(now_seconds())
        .add(connection.row_of(run))
        .run();
    transaction.commit();
}

bool RunQueue::ask_runner(RunnerRequest request) {
    RunStore::Connection& connection = store_.connection();
    connection.require_writable();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    if (!RunReader(store_).queue_runner()) return false;
    Query(connection, "UPDATE jobs SET state = ? WHERE kind = 'queue' AND state IN ('running', 'draining', 'stopping')")
        .add(request == RunnerRequest::kStopNow        ? "stopping"
             : request == RunnerRequest::kStopAfterRun ? "draining"
                                                       : "running")
        .run();
    transaction.commit();
    return true;
}

}  // namespace f8net
