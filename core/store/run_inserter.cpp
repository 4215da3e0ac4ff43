// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_inserter.h"

#include <algorithm>
#include <unordered_map>

#include "core/base/error.h"
#include "core/store/batch.h"
#include "core/store/connection.h"
#include "core/store/run_ids.h"
#include "core/store/run_rows.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

struct InsertedRun {
    int64_t row = 0;
    RunRecord record;
    BatchWriter writer;
    std::unordered_map<std::string, int> metrics;  // by name: their numbers in batches
};

void write_record(RunStore::Connection& connection, int64_t row, const RunRecord& run) {
    // Who is trained elsewhere, or waits there, does neither here.
    const bool is_at_work = run.state == RunState::kRunning || run.state == RunState::kQueued;
    const RunId id =
        is_run_id(run.id.text()) && !is_used(connection, run.id) ? run.id : unused_run_id(connection, run.created_at);
    Query update(
        connection,
        "UPDATE runs SET id = ?, folder = ?, name = ?, state = ?, stage = ?, note = ?, parent = nullif(?, ''), "
        "parent_checkpoint = ?, config = ?, config_path = ?, experiment = ?, command = ?, model = ?, "
        "dataset = ?, dataset_fingerprint = ?, numeric_mode = ?, device = ?, environment = ?, host = ?, "
        "attempt = ?, created_at = ?, started_at = ?, ended_at = ?, updated_at = ?, ran_seconds = ?, step = ?, "
        "total_steps = ?, epoch = ?, total_epochs = ?, exit_code = ?, message = ?, "
        "colour_index = (SELECT coalesce(max(colour_index), -1) + 1 FROM runs) WHERE run = ?");
    update.add(id.text()).add("runs/" + id.text()).add(run.name);
    update.add(to_string(is_at_work ? RunState::kStopped : run.state)).add(run.stage).add(run.note);
    update.add(run.parent ? run.parent->text() : std::string()).add(run.parent_checkpoint);
    update.add(run.config).add(run.config_path).add(run.experiment).add(run.command).add(run.model).add(run.dataset);
    update.add(run.dataset_fingerprint).add(run.numeric_mode).add(run.device).add(run.environment).add(run.owner.host);
    update.add(run.attempt).add(run.created_at).add(run.started_at).add(run.ended_at).add(now_seconds());
    update.add(run.duration_seconds).add(run.step.value).add(run.total_steps.value).add(run.epoch.value);
    update.add(run.total_epochs.value);
    run.exit_code ? update.add(*run.exit_code) : update.add_null();
    update.add(run.message).add(row).run();
    for (const std::string& tag : run.tags) {
        Query(connection, "INSERT OR IGNORE INTO run_tags VALUES (?, ?)").add(row).add(tag).run();
    }
    write_config_values(connection, row, run.config_values);
    BatchWriter::rebuild_summaries(connection, row);
    refresh_top1(connection, row);
}

}  // namespace

struct RunInserter::Implementation {
    explicit Implementation(RunStore& store)
        : connection(store.connection()), transaction(connection, StoreTransaction::Kind::kWrite) {}

    RunStore::Connection& connection;
    StoreTransaction transaction;
    std::vector<InsertedRun> runs;
};

RunInserter::RunInserter(RunStore& store) : implementation_(std::make_unique<Implementation>(store)) {}
RunInserter::~RunInserter() = default;

RunSink::Run RunInserter::new_run() {
    RunStore::Connection& connection = implementation_->connection;
    // Under a name that is no id until it is described.
    Query(connection, "INSERT INTO runs (id, name, state, created_at) VALUES (?, '', 'stopped', 0)")
        .add("~" + std::to_string(implementation_->runs.size()))
        .run();
    const int64_t row = connection.last_id();
    implementation_->runs.push_back({row, {}, BatchWriter(connection, row, 0, {}), {}});
    return implementation_->runs.size() - 1;
}

void RunInserter::describe(Run run, const RunRecord& record) {
    implementation_->runs.at(run).record = record;
}

void RunInserter::add_attempt(Run run, const AttemptRecord& attempt) {
    Query(implementation_->connection, "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)")
        .add(implementation_->runs.at(run).row)
        .add(attempt.attempt)
        .add(attempt.resumed_from.value)
        .add(attempt.started_at)
        .add(attempt.ended_at)
        .add(attempt.host)
        .add(attempt.pid)
        .run();
}

void RunInserter::add_layer(Run run, const LayerDescription& layer) {
    Batch batch;
    batch.stages.push_back({{}, {layer}, {}, {}, 0});
    implementation_->runs.at(run).writer.write(batch);
}

void RunInserter::add_points(Run run, const std::string& metric, const std::vector<MetricPoint>& points) {
    InsertedRun& inserted = implementation_->runs.at(run);
    const auto [number, is_new] = inserted.metrics.try_emplace(metric, static_cast<int>(inserted.metrics.size()));
    Batch batch;
    if (is_new) batch.new_metrics.push_back(metric);
    batch.metrics.reserve(points.size());
    for (const MetricPoint& point : points) {
        batch.metrics.push_back(
            {number->second, point.epoch, point.step, double{point.epoch_share}, point.wall_time, point.value});
    }
    inserted.writer.write(batch);
}

void RunInserter::add_epoch(Run run, const EpochReport& epoch, double time) {
    Batch batch;
    batch.epochs.push_back({epoch, time});
    implementation_->runs.at(run).writer.write(batch);
}

void RunInserter::add_artifact(Run run, const ArtifactRecord& artifact) {
    insert_artifact(implementation_->connection, implementation_->runs.at(run).row, artifact);
}

void RunInserter::add_evaluation(Run run, const EvaluationRecord& evaluation) {
    insert_evaluation(implementation_->connection, implementation_->runs.at(run).row, evaluation);
}

void RunInserter::add_event(Run run, const EventRecord& event) {
    insert_event(implementation_->connection, implementation_->runs.at(run).row, event.attempt, event.time,
                 event.event);
}

void RunInserter::commit() {
    for (const InsertedRun& run : implementation_->runs) write_record(implementation_->connection, run.row, run.record);
    implementation_->transaction.commit();
}

}  // namespace f8net
