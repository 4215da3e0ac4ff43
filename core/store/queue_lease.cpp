// SPDX-License-Identifier: Apache-2.0
#include "core/store/queue_lease.h"

#include "core/store/connection.h"
#include "core/store/liveness.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

void throw_queue_is_run(const std::string& store_path, const RunOwner& holder) {
    throw StoreError("the queue of " + store_path + " is run already by " + to_string(holder) +
                     "; one runner a store: f8net queue stop ends that one");
}

QueueLease::QueueLease(RunStore& store) : store_(store), self_(this_process()) {
    RunStore::Connection& connection = store.connection();
    connection.require_writable();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    if (const auto holder = RunReader(store).queue_runner()) throw_queue_is_run(connection.path, holder->owner);
    {
        Query query(connection,
                    "SELECT r.id FROM jobs AS j JOIN runs AS r ON r.run = j.run WHERE j.kind = 'queue' AND "
                    "j.state IN ('running', 'draining', 'stopping') ORDER BY j.id DESC LIMIT 1");
        if (query.step()) inherited_ = RunId(query.text());
    }
    Query(connection,
          "UPDATE jobs SET state = 'crashed', ended_at = heartbeat WHERE kind = 'queue' AND state IN ('running', "
          "'draining', 'stopping')")
        .run();
    Query(connection,
          "INSERT INTO jobs (kind, state, pid, host, boot_id, process_start, heartbeat, created_at, started_at) "
          "VALUES ('queue', 'running', ?1, ?2, ?3, ?4, ?5, ?5, ?5)")
        .add(self_.pid)
        .add(self_.host)
        .add(self_.boot_id)
        .add(self_.process_start)
        .add(self_.heartbeat)
        .run();
    job_ = connection.last_id();
    Query(connection,
          "INSERT OR REPLACE INTO leases (name, pid, host, boot_id, process_start, heartbeat) VALUES ('queue', ?, ?, "
          "?, ?, ?)")
        .add(self_.pid)
        .add(self_.host)
        .add(self_.boot_id)
        .add(self_.process_start)
        .add(self_.heartbeat)
        .run();
    transaction.commit();
}

QueueLease::~QueueLease() {
    try {
        RunStore::Connection& connection = store_.connection();
        StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
        Query(connection,
              "DELETE FROM leases WHERE name = 'queue' AND pid = ? AND host = ? AND boot_id = ? AND process_start = ?")
            .add(self_.pid)
            .add(self_.host)
            .add(self_.boot_id)
            .add(self_.process_start)
            .run();
        Query(connection,
              "UPDATE jobs SET state = 'done', ended_at = ? WHERE id = ? AND state IN ('running', 'draining', "
              "'stopping')")
            .add(now_seconds())
            .add(job_)
            .run();
        transaction.commit();
    } catch (const std::exception&) {
        // Busy or full: this process ends, and the next runner sees that.
    }
}

void QueueLease::renew() {
    RunStore::Connection& connection = store_.connection();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    const double now = now_seconds();
    Query(connection,
          "UPDATE leases SET heartbeat = ? WHERE name = 'queue' AND pid = ? AND host = ? AND boot_id = ? AND "
          "process_start = ?")
        .add(now)
        .add(self_.pid)
        .add(self_.host)
        .add(self_.boot_id)
        .add(self_.process_start)
        .run();
    if (connection.changes() == 0) {
        throw LeaseLost("another process runs the queue of " + connection.path +
                        " now: this one was silent for too long; the run it started goes on");
    }
    Query(connection, "UPDATE jobs SET heartbeat = ? WHERE id = ?").add(now).add(job_).run();
    transaction.commit();
}

void QueueLease::set_run(const std::optional<RunId>& run) {
    renew();
    RunStore::Connection& connection = store_.connection();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    Query update(connection, "UPDATE jobs SET run = ? WHERE id = ?");
    run ? update.add(connection.row_of(*run)) : update.add_null();
    update.add(job_).run();
    transaction.commit();
}

RunnerRequest QueueLease::request() const {
    Query query(store_.connection(), "SELECT state FROM jobs WHERE id = ?");
    query.add(job_);
    if (!query.step()) return RunnerRequest::kNone;
    const std::string state = query.text();
    return state == "stopping"   ? RunnerRequest::kStopNow
           : state == "draining" ? RunnerRequest::kStopAfterRun
                                 : RunnerRequest::kNone;
}

}  // namespace f8net
