// SPDX-License-Identifier: Apache-2.0
#include "core/store/claim.h"

#include <algorithm>
#include <random>

#include "core/store/batch.h"
#include "core/store/liveness.h"
#include "core/store/run_rows.h"

namespace f8net {

namespace {

std::string new_token() {
    std::random_device random;
    char text[40];
    std::snprintf(text, sizeof text, "%08x%08x%08x", random(), random(), random());
    return text;
}

}  // namespace

Claim::Claim(RunStore::Connection& connection, const RunId& run)
    : connection_(connection), run_(run), token_(new_token()) {
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    row_ = connection.row_of(run);
    const double now = now_seconds();
    {
        Query query(
            connection,
            "SELECT state, pid, host, boot_id, process_start, heartbeat, attempt, trashed_at FROM runs WHERE run = ?");
        query.add(row_).step();
        const auto state = parse_run_state(query.text());
        RunOwner owner;
        owner.pid = query.integer();
        owner.host = query.text();
        owner.boot_id = query.text();
        owner.process_start = query.integer();
        owner.heartbeat = query.real();
        attempt_ = static_cast<int>(query.integer()) + 1;
        if (query.real() > 0) throw ConfigError("run " + run.text() + " is in the trash; restore it first");
        if (state == RunState::kRunning) {
            if (is_alive(owner, now)) {
                throw StoreError(
                    "run " + run.text() + " is being trained already by " + to_string(owner) + " (last seen " +
                    std::to_string(static_cast<int>(std::max(0.0, now - owner.heartbeat))) +
                    " s ago); stop that one first: f8net runs stop " + run.text() + " (store " + connection.path + ")");
            }
            end_silent_attempt(connection, row_);
        }
    }
    const RunOwner self = this_process();
    Query(connection,
          "UPDATE runs SET state = 'running', claim = ?, pid = ?, host = ?, boot_id = ?, process_start = ?, heartbeat "
          "= ?, "
          "attempt = ?, attempt_started_at = ?, started_at = iif(started_at = 0, ?, started_at), ended_at = 0, "
          "updated_at = ?, queue_position = 0, exit_code = NULL, message = '', pace_step = step, pace_time = ?, "
          "step_time = ? "
          "WHERE run = ?")
        .add(token_)
        .add(self.pid)
        .add(self.host)
        .add(self.boot_id)
        .add(self.process_start)
        .add(now)
        .add(attempt_)
        .add(now)
        .add(now)
        .add(now)
        .add(now)
        .add(now)
        .add(row_)
        .run();
    Query insert(connection,
                 "INSERT INTO attempts (run, attempt, resumed_from, started_at, host, pid) VALUES (?, ?, ?, ?, ?, ?)");
    insert.add(row_).add(attempt_);
    attempt_ == 1 ? insert.add(0) : insert.add_null();
    insert.add(now).add(self.host).add(self.pid).run();
    // What was asked of an earlier attempt is not asked of this one.
    Query(connection, "UPDATE requests SET taken_at = ? WHERE run = ? AND taken_at = 0").add(now).add(row_).run();
    transaction.commit();
}

void Claim::renew() {
    const double now = now_seconds();
    Query(connection_, "UPDATE runs SET heartbeat = ?1, updated_at = ?1 WHERE run = ?2 AND claim = ?3")
        .add(now)
        .add(row_)
        .add(token_)
        .run();
    if (connection_.changes() == 0) {
        throw ClaimLost("run " + run_.text() +
                        " was taken over by another process, or deleted, while this one was silent (store " +
                        connection_.path + "); what this one reports is not stored any more");
    }
}

void Claim::forget_after(Step step, Epoch epoch) {
    StoreTransaction transaction(connection_, StoreTransaction::Kind::kWrite);
    renew();
    Query(connection_, "DELETE FROM metrics WHERE run = ? AND step > ?").add(row_).add(step.value).run();
    // Before and after an epoch's end the step is the same; within an epoch there are several. Evaluations name a
    // checkpoint by its role or its file.
    for (const char* sql :
         {"WITH later AS (SELECT role, path FROM artifacts WHERE run = ?1 AND is_checkpoint AND (step > ?2 OR epoch > "
          "?3)) DELETE FROM evaluations WHERE run = ?1 AND (checkpoint IN (SELECT role FROM later) OR checkpoint IN "
          "(SELECT path FROM later))",
          "DELETE FROM epochs WHERE run = ?1 AND (step > ?2 OR epoch > ?3)",  // formats and histograms go with it
          "DELETE FROM artifacts WHERE run = ?1 AND (step > ?2 OR epoch > ?3) AND is_checkpoint"}) {
        Query(connection_, sql).add(row_).add(step.value).add(epoch.value).run();
    }
    // The one before is the last now, so that the next one does not take its row away.
    Query(connection_,
          "UPDATE artifacts SET role = 'last' WHERE run = ?1 AND role = 'previous' AND is_checkpoint AND NOT EXISTS "
          "(SELECT 1 FROM artifacts WHERE run = ?1 AND role = 'last' AND is_checkpoint)")
        .add(row_)
        .run();
    Query(connection_,
          "UPDATE runs SET step = ?1, epoch = ?2, pace_step = ?1, pace_time = ?3, step_time = ?3, message = '' WHERE "
          "run = ?4")
        .add(step.value)
        .add(epoch.value)
        .add(now_seconds())
        .add(row_)
        .run();
    Query(connection_, "UPDATE attempts SET resumed_from = ? WHERE run = ? AND attempt = ?")
        .add(step.value)
        .add(row_)
        .add(attempt_)
        .run();
    BatchWriter::rebuild_summaries(connection_, row_);
    refresh_top1(connection_, row_);
    transaction.commit();
}

std::vector<RunRequest> Claim::take_requests() {
    std::vector<RunRequest> requests;
    int64_t last = 0;
    {
        Query query(connection_, "SELECT id, kind FROM requests WHERE run = ? AND taken_at = 0 ORDER BY id");
        query.add(row_);
        while (query.step()) {
            last = query.integer();
            if (const auto request = parse_run_request(query.text())) requests.push_back(*request);
        }
    }
    if (last == 0) return requests;
    StoreTransaction transaction(connection_, StoreTransaction::Kind::kWrite);
    renew();
    Query(connection_, "UPDATE requests SET taken_at = ? WHERE run = ? AND taken_at = 0 AND id <= ?")
        .add(now_seconds())
        .add(row_)
        .add(last)
        .run();
    transaction.commit();
    return requests;
}

void Claim::end(RunState state, int exit_code, const std::string& message) {
    const double now = now_seconds();
    Query(connection_,
          "UPDATE runs SET state = ?, exit_code = ?, message = ?, ended_at = ?, updated_at = ?, claim = '', pid = 0, "
          "ran_seconds = ran_seconds + max(0, ? - attempt_started_at) WHERE run = ?")
        .add(to_string(state))
        .add(exit_code)
        .add(message)
        .add(now)
        .add(now)
        .add(now)
        .add(row_)
        .run();
    Query(connection_, "UPDATE attempts SET ended_at = ? WHERE run = ? AND attempt = ?")
        .add(now)
        .add(row_)
        .add(attempt_)
        .run();
    Query(connection_, "UPDATE requests SET taken_at = ? WHERE run = ? AND taken_at = 0").add(now).add(row_).run();
}

void Claim::release() {
    Query(connection_, "UPDATE runs SET pid = 0, heartbeat = ? WHERE run = ? AND claim = ?")
        .add(now_seconds())
        .add(row_)
        .add(token_)
        .run();
}

}  // namespace f8net
