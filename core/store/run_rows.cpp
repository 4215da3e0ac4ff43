// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_rows.h"

#include <algorithm>
#include <filesystem>

#include "core/store/liveness.h"

namespace f8net {

const char* const kSummaryColumns =
    "r.id, r.name, r.state, r.stage, r.note, r.parent, r.experiment, r.config_path, r.model, r.dataset, "
    "r.numeric_mode, "
    "r.device, r.colour_index, r.queue_position, r.epoch, r.total_epochs, r.step, r.total_steps, r.best_top1, "
    "r.last_top1, "
    "r.best_epoch, r.float_top1, r.fixed_top1, r.integer_top1, r.last_loss, r.created_at, r.started_at, r.ended_at, "
    "r.updated_at, r.trashed_at, r.attempt, r.exit_code, r.message, r.pid, r.host, r.boot_id, r.process_start, "
    "r.heartbeat, "
    "r.revision, r.attempt_started_at, r.ran_seconds, r.pace_step, r.pace_time, r.step_time, "
    "(SELECT group_concat(tag, char(10)) FROM (SELECT tag FROM run_tags AS t WHERE t.run = r.run ORDER BY tag)), "
    "r.folder";

namespace {

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace

RunSummary read_summary(Query& query, const RunStore::Connection& connection, double now) {
    RunSummary run;
    run.id = RunId(query.text());
    run.name = query.text();
    run.state = parse_run_state(query.text()).value_or(RunState::kCrashed);
    run.stage = query.text();
    run.note = query.text();
    if (const std::string parent = query.text(); !parent.empty()) run.parent = RunId(parent);
    run.experiment = query.text();
    run.config_path = query.text();
    run.model = query.text();
    run.dataset = query.text();
    run.numeric_mode = query.text();
    run.device = query.text();
    run.colour_index = static_cast<int>(query.integer());
    run.queue_position = query.integer();
    run.epoch.value = static_cast<int>(query.integer());
    run.total_epochs.value = static_cast<int>(query.integer());
    run.step.value = query.integer();
    run.total_steps.value = query.integer();
    run.best_top1 = query.optional_real();
    run.last_top1 = query.optional_real();
    run.best_epoch.value = static_cast<int>(query.integer());
    run.float_top1 = query.optional_real();
    run.fixed_top1 = query.optional_real();
    run.integer_top1 = query.optional_real();
    run.last_loss = query.optional_real();
    run.created_at = query.real();
    run.started_at = query.real();
    run.ended_at = query.real();
    run.updated_at = query.real();
    run.trashed_at = query.real();
    run.attempt = static_cast<int>(query.integer());
    if (const auto code = query.optional_integer()) run.exit_code = static_cast<int>(*code);
    run.message = query.text();
    run.owner.pid = query.integer();
    run.owner.host = query.text();
    run.owner.boot_id = query.text();
    run.owner.process_start = query.integer();
    run.owner.heartbeat = query.real();
    run.revision = query.integer();
    const double attempt_started_at = query.real();
    const double ran_seconds = query.real();
    const int64_t pace_step = query.integer();
    const double pace_time = query.real();
    const double step_time = query.real();
    run.tags = split_lines(query.text());
    run.folder = absolute_path(query.text(), connection.folder);

    run.duration_seconds = ran_seconds;
    if (run.state == RunState::kRunning) {
        if (is_alive(run.owner, now)) {
            run.duration_seconds += now - attempt_started_at;
            const int64_t done = run.step.value - pace_step;
            if (done > 0 && step_time > pace_time && run.total_steps >= run.step) {
                const double seconds_per_step = (step_time - pace_time) / static_cast<double>(done);
                run.eta_seconds = static_cast<double>(run.total_steps.value - run.step.value) * seconds_per_step;
            }
        } else {
            run.state = RunState::kCrashed;
            run.ended_at = run.owner.heartbeat;
            run.duration_seconds += std::max(0.0, run.owner.heartbeat - attempt_started_at);
        }
    }
    if (run.total_steps.value > 0) {
        run.progress = std::min(1.0, static_cast<double>(run.step.value) / static_cast<double>(run.total_steps.value));
    }
    if (run.state == RunState::kFinished) run.progress = 1;
    return run;
}

void end_silent_attempt(RunStore::Connection& connection, int64_t row) {
    Query(connection,
          "UPDATE attempts SET ended_at = (SELECT heartbeat FROM runs WHERE run = ?1) WHERE run = ?1 AND "
          "ended_at = 0")
        .add(row)
        .run();
    Query(connection,
          "UPDATE runs SET ran_seconds = ran_seconds + max(0, heartbeat - attempt_started_at), claim = '', pid = 0 "
          "WHERE run = ?")
        .add(row)
        .run();
}

std::string to_string(RunRequest request) {
    switch (request) {
        case RunRequest::kStop:
            return "stop";
        case RunRequest::kCheckpoint:
            return "checkpoint";
        case RunRequest::kPause:
            return "pause";
    }
    return "stop";
}

std::optional<RunRequest> parse_run_request(const std::string& text) {
    for (const RunRequest request : {RunRequest::kStop, RunRequest::kCheckpoint, RunRequest::kPause}) {
        if (to_string(request) == text) return request;
    }
    return std::nullopt;
}

void refresh_top1(RunStore::Connection& connection, int64_t row) {
    // The whole test set counts before a part of it, the newest before an older one.
    Query(connection,
          "UPDATE runs SET "
          "float_top1 = (SELECT top1 FROM evaluations AS e WHERE e.run = runs.run AND e.mode = 'float' "
          "ORDER BY e.split = 'test' DESC, e.images DESC, e.created_at DESC LIMIT 1), "
          "fixed_top1 = (SELECT top1 FROM evaluations AS e WHERE e.run = runs.run AND e.mode = 'fake-quant' "
          "ORDER BY e.split = 'test' DESC, e.images DESC, e.created_at DESC LIMIT 1), "
          "integer_top1 = (SELECT top1 FROM evaluations AS e WHERE e.run = runs.run AND e.mode = 'integer-only' "
          "ORDER BY e.split = 'test' DESC, e.images DESC, e.created_at DESC LIMIT 1) WHERE run = ?")
        .add(row)
        .run();
    // Without a checkpoint chosen as best, the best epoch so far stands in. Validation comes before test where both are
    // logged. What has no epochs, as a network kept from a what-if, has been evaluated.
    Query(connection,
          "UPDATE runs SET "
          "last_top1 = (SELECT m.value FROM metrics AS m JOIN metric_names AS n ON n.id = m.metric WHERE m.run = "
          "runs.run AND "
          "n.name IN ('validation/top1', 'test/top1') AND m.value IS NOT NULL ORDER BY m.step DESC, n.name DESC LIMIT "
          "1), "
          "last_loss = (SELECT s.last FROM metric_summaries AS s JOIN metric_names AS n ON n.id = s.metric WHERE s.run "
          "= runs.run "
          "AND n.name = 'train/loss') WHERE run = ?")
        .add(row)
        .run();
    Query(connection,
          "UPDATE runs SET (best_top1, best_epoch) = (SELECT top1, epoch FROM ("
          "SELECT a.top1, a.epoch, 0 AS rank FROM artifacts AS a WHERE a.run = runs.run AND a.role = 'best' AND "
          "a.is_checkpoint "
          "AND a.top1 IS NOT NULL UNION ALL "
          "SELECT m.value, m.epoch, 1 FROM metrics AS m JOIN metric_names AS n ON n.id = m.metric WHERE m.run = "
          "runs.run AND "
          "n.name = 'validation/top1' AND m.value IS NOT NULL UNION ALL "
          "SELECT m.value, m.epoch, 2 FROM metrics AS m JOIN metric_names AS n ON n.id = m.metric WHERE m.run = "
          "runs.run AND "
          "n.name = 'test/top1' AND m.value IS NOT NULL UNION ALL "
          "SELECT COALESCE(integer_top1, fixed_top1, float_top1), 0, 3) ORDER BY rank, top1 DESC, epoch LIMIT 1) WHERE "
          "run = ?")
        .add(row)
        .run();
}

std::string stored_path(const std::string& path, const std::string& run_folder) {
    const std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
    const std::string inside = run_folder + "/";
    return absolute.rfind(inside, 0) == 0 ? absolute.substr(inside.size()) : absolute;
}

std::string absolute_path(const std::string& stored, const std::string& run_folder) {
    if (stored.empty() || stored.front() == '/') return stored;
    return run_folder + "/" + stored;
}

void write_config_values(RunStore::Connection& connection, int64_t row,
                         const std::map<std::string, std::string>& values) {
    for (const auto& [key, value] : values) {
        Query(connection, "INSERT OR IGNORE INTO config_keys (name) VALUES (?)").add(key).run();
        Query(connection, "INSERT OR REPLACE INTO run_config SELECT id, ?, ? FROM config_keys WHERE name = ?")
            .add(row)
            .add(value)
            .add(key)
            .run();
    }
}

void insert_evaluation(RunStore::Connection& connection, int64_t row, const EvaluationRecord& evaluation) {
    Query insert(
        connection,
        "INSERT OR REPLACE INTO evaluations (run, checkpoint, split, mode, images, top1, top5, loss, "
        "integer_modes_agree, images_per_second, details, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.add(row).add(evaluation.checkpoint).add(evaluation.split).add(evaluation.mode).add(evaluation.images);
    insert.add(evaluation.top1).add(evaluation.top5).add(evaluation.loss);
    evaluation.integer_modes_agree ? insert.add(*evaluation.integer_modes_agree) : insert.add_null();
    insert.add(evaluation.images_per_second).add(evaluation.details);
    insert.add(evaluation.created_at > 0 ? evaluation.created_at : now_seconds()).run();
}

void insert_artifact(RunStore::Connection& connection, int64_t row, const ArtifactRecord& artifact) {
    Query(connection, "INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .add(row)
        .add(artifact.path)
        .add(artifact.role)
        .add(artifact.is_checkpoint)
        .add(artifact.size_bytes)
        .add(artifact.hash)
        .add(artifact.epoch.value)
        .add(artifact.step.value)
        .add(artifact.stage)
        .add(artifact.top1)
        .add(artifact.created_at > 0 ? artifact.created_at : now_seconds())
        .run();
}

void insert_event(RunStore::Connection& connection, int64_t row, int attempt, double time, const EventReport& event) {
    Query(connection,
          "INSERT INTO events (run, attempt, time, level, kind, message, step, epoch) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .add(row)
        .add(attempt)
        .add(time)
        .add(to_string(event.level))
        .add(event.kind)
        .add(event.message)
        .add(event.step.value)
        .add(event.epoch.value)
        .run();
}

}  // namespace f8net
