// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_store.h"

#include <chrono>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/store/connection.h"
#include "core/store/liveness.h"
#include "core/store/run_ids.h"
#include "core/store/run_rows.h"

namespace f8net {

namespace {

struct StateOfRun {
    int64_t row = 0;
    RunState state = RunState::kQueued;
    RunOwner owner;
    double trashed_at = 0;
    bool is_running() const { return state == RunState::kRunning && is_alive(owner, now_seconds()); }
};

StateOfRun state_of(RunStore::Connection& connection, const RunId& run) {
    StateOfRun result;
    result.row = connection.row_of(run);
    Query query(connection,
                "SELECT state, pid, host, boot_id, process_start, heartbeat, trashed_at FROM runs WHERE run = ?");
    query.add(result.row);
    query.step();
    result.state = parse_run_state(query.text()).value_or(RunState::kCrashed);
    result.owner.pid = query.integer();
    result.owner.host = query.text();
    result.owner.boot_id = query.text();
    result.owner.process_start = query.integer();
    result.owner.heartbeat = query.real();
    result.trashed_at = query.real();
    return result;
}

/// One change of a run in a transaction of its own: `change` gets the run's row number.
template <typename Change>
void mutate(RunStore::Connection& connection, const RunId& run, Change change) {
    connection.require_writable();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    const int64_t row = connection.row_of(run);
    change(row);
    Query(connection, "UPDATE runs SET updated_at = ? WHERE run = ?").add(now_seconds()).add(row).run();
    transaction.commit();
}

void require_name(const std::string& name) {
    if (name.empty()) throw ConfigError("a run's name must not be empty");
    if (is_one_line(name)) return;
    throw ConfigError("a run's name must be one line of UTF-8 text, without control characters: '" + one_line(name) +
                      "'");
}

void require_tag(const std::string& tag) {
    if (!tag.empty() && tag.find(' ') == std::string::npos && is_one_line(tag)) return;
    throw ConfigError("tag '" + one_line(tag) + "' must be one word");
}

void remove_folder(const std::string& folder) {
    std::error_code failure;
    std::filesystem::remove_all(folder, failure);
    if (failure) throw IoError("remove folder", folder, failure.value());
}

}  // namespace

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

RunStore::RunStore(const std::string& path, Mode mode, StoreOptions options)
    : connection_(std::make_unique<Connection>(path, mode, options)) {}
RunStore::~RunStore() = default;
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;

const std::string& RunStore::path() const {
    return connection_->path;
}
bool RunStore::is_read_only() const {
    return connection_->mode == Mode::kReadOnly;
}
int RunStore::schema_version() const {
    return connection_->version;
}
std::string RunStore::journal_mode() const {
    return connection_->journal;
}
std::string RunStore::run_folder(const RunId& run) const {
    return connection_->folder_of(run);
}

std::string RunStore::newer_version_message() const {
    if (connection_->version <= kSchemaVersion) return {};
    return "the run store " + path() + " was written by a newer version of F8Net Workbench (schema " +
           std::to_string(connection_->version) + ", this program knows " + std::to_string(kSchemaVersion) +
           "); it is open for reading only";
}

bool RunStore::changed() {
    connection_->reopen_if_there();
    Query query(*connection_, "PRAGMA data_version");
    query.step();
    const int64_t version = query.integer();
    const bool is_new = connection_->data_version != version;
    connection_->data_version = version;
    return is_new;
}

RunId RunStore::create_run(const NewRun& run, Start start) {
    Connection& connection = *connection_;
    connection.require_writable();
    const std::string name = !run.name.empty() ? run.name : !run.experiment.empty() ? one_line(run.experiment) : "run";
    require_name(name);
    for (const std::string& tag : run.tags) require_tag(tag);
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    const RunId id = next_run_id(connection);
    const double now = now_seconds();
    Query insert(
        connection,
        "INSERT INTO runs (id, name, state, note, parent, parent_checkpoint, queue_position, colour_index, config, "
        "config_path, experiment, command, model, dataset, dataset_fingerprint, numeric_mode, device, environment, "
        "folder, created_at, updated_at, total_steps, total_epochs) VALUES (?, ?, 'queued', ?, ?, ?, "
        "iif(?, (SELECT coalesce(max(queue_position), 0) + 1 FROM runs WHERE state = 'queued'), 0), "
        "(SELECT coalesce(max(colour_index), -1) + 1 FROM runs), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.add(id.text()).add(name).add(run.note);
    run.parent ? insert.add(run.parent->text()) : insert.add_null();
    insert.add(run.parent_checkpoint)
        .add(start == Start::kInTurn)
        .add(run.config)
        .add(run.config_path)
        .add(run.experiment)
        .add(run.command);
    insert.add(run.model).add(run.dataset).add(run.dataset_fingerprint).add(run.numeric_mode).add(run.device);
    insert.add(run.environment).add("runs/" + id.text()).add(now).add(now).add(run.total_steps).add(run.total_epochs);
    insert.run();
    const int64_t row = connection.last_id();
    for (const std::string& tag : run.tags) {
        Query(connection, "INSERT OR IGNORE INTO run_tags VALUES (?, ?)").add(row).add(tag).run();
    }
    write_config_values(connection, row, run.config_values);
    const std::string folder = connection.folder_of(id);
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) throw IoError("create folder", folder, failure.value());
    try {
        transaction.commit();
    } catch (...) {
        std::filesystem::remove(folder, failure);
        throw;
    }
    return id;
}

void RunStore::update_run(const RunId& run, const NewRun& known) {
    mutate(*connection_, run, [&](int64_t row) {
        Query update(
            *connection_,
            "UPDATE runs SET config = coalesce(nullif(?, ''), config), config_path = coalesce(nullif(?, ''), "
            "config_path), "
            "experiment = coalesce(nullif(?, ''), experiment), command = coalesce(nullif(?, ''), command), "
            "model = coalesce(nullif(?, ''), model), dataset = coalesce(nullif(?, ''), dataset), "
            "dataset_fingerprint = coalesce(nullif(?, ''), dataset_fingerprint), "
            "numeric_mode = coalesce(nullif(?, ''), numeric_mode), device = coalesce(nullif(?, ''), device), "
            "environment = coalesce(nullif(?, ''), environment), total_steps = coalesce(nullif(?, 0), total_steps), "
            "total_epochs = coalesce(nullif(?, 0), total_epochs) WHERE run = ?");
        update.add(known.config).add(known.config_path).add(known.experiment).add(known.command).add(known.model);
        update.add(known.dataset).add(known.dataset_fingerprint).add(known.numeric_mode).add(known.device);
        update.add(known.environment).add(known.total_steps).add(known.total_epochs).add(row).run();
        if (known.config_values.empty()) return;
        Query(*connection_, "DELETE FROM run_config WHERE run = ?").add(row).run();
        write_config_values(*connection_, row, known.config_values);
    });
}

void RunStore::request(const RunId& run, RunRequest request) {
    Connection& connection = *connection_;
    mutate(connection, run, [&](int64_t row) {
        const StateOfRun state = state_of(connection, run);
        if (state.state == RunState::kQueued && request == RunRequest::kStop) {
            Query(connection, "UPDATE runs SET state = 'stopped', queue_position = 0, ended_at = ? WHERE run = ?")
                .add(now_seconds())
                .add(row)
                .run();
            return;
        }
        if (!state.is_running()) {
            const RunState shown = state.state == RunState::kRunning ? RunState::kCrashed : state.state;
            throw ConfigError("run " + run.text() + " is " + to_string(shown) +
                              ", only a running one can be asked to " + to_string(request));
        }
        Query(connection, "INSERT INTO requests (run, kind, created_at, created_by) VALUES (?, ?, ?, ?)")
            .add(row)
            .add(to_string(request))
            .add(now_seconds())
            .add(to_string(this_process()))
            .run();
    });
}

void RunStore::rename(const RunId& run, const std::string& name) {
    require_name(name);
    mutate(*connection_, run, [&](int64_t row) {
        Query(*connection_, "UPDATE runs SET name = ? WHERE run = ?").add(name).add(row).run();
    });
}

void RunStore::add_tag(const RunId& run, const std::string& tag) {
    require_tag(tag);
    mutate(*connection_, run, [&](int64_t row) {
        Query(*connection_, "INSERT OR IGNORE INTO run_tags VALUES (?, ?)").add(row).add(tag).run();
    });
}

void RunStore::remove_tag(const RunId& run, const std::string& tag) {
    mutate(*connection_, run, [&](int64_t row) {
        Query(*connection_, "DELETE FROM run_tags WHERE run = ? AND tag = ?").add(row).add(tag).run();
    });
}

void RunStore::set_note(const RunId& run, const std::string& note) {
    mutate(*connection_, run, [&](int64_t row) {
        Query(*connection_, "UPDATE runs SET note = ? WHERE run = ?").add(note).add(row).run();
    });
}

void RunStore::set_colour(const RunId& run, int colour_index) {
    mutate(*connection_, run, [&](int64_t row) {
        Query(*connection_, "UPDATE runs SET colour_index = ? WHERE run = ?").add(colour_index).add(row).run();
    });
}

void RunStore::set_parent(const RunId& run, const std::optional<RunId>& parent, const std::string& checkpoint) {
    mutate(*connection_, run, [&](int64_t row) {
        Query update(*connection_, "UPDATE runs SET parent = ?, parent_checkpoint = ? WHERE run = ?");
        parent ? update.add(parent->text()) : update.add_null();
        update.add(checkpoint).add(row).run();
    });
}

void RunStore::trash(const RunId& run) {
    mutate(*connection_, run, [&](int64_t row) {
        const StateOfRun state = state_of(*connection_, run);
        if (state.is_running()) {
            throw ConfigError("run " + run.text() + " is running (" + to_string(state.owner) + "); stop it first");
        }
        Query(*connection_, "UPDATE runs SET trashed_at = ? WHERE run = ? AND trashed_at = 0")
            .add(now_seconds())
            .add(row)
            .run();
    });
}

void RunStore::restore(const RunId& run) {
    mutate(*connection_, run,
           [&](int64_t row) { Query(*connection_, "UPDATE runs SET trashed_at = 0 WHERE run = ?").add(row).run(); });
}

void RunStore::purge(const RunId& run) {
    mutate(*connection_, run, [&](int64_t row) {
        if (state_of(*connection_, run).trashed_at == 0) {
            throw ConfigError("run " + run.text() + " is not in the trash; delete it first");
        }
        Query(*connection_, "DELETE FROM runs WHERE run = ?").add(row).run();
    });
    // After the rows: a folder that is left behind does no harm, rows without their files would.
    remove_folder(connection_->folder_of(run));
}

std::vector<RunId> RunStore::purge_trash(double trashed_before) {
    connection_->require_writable();
    std::vector<RunId> runs;
    {
        Query query(*connection_, "SELECT id FROM runs WHERE trashed_at > 0 AND trashed_at < ? ORDER BY id");
        query.add(trashed_before);
        while (query.step()) runs.emplace_back(query.text());
    }
    for (const RunId& run : runs) purge(run);
    return runs;
}

void RunStore::set_evaluation(const RunId& run, const EvaluationRecord& evaluation) {
    mutate(*connection_, run, [&](int64_t row) {
        insert_evaluation(*connection_, row, evaluation);
        refresh_top1(*connection_, row);
    });
}

void RunStore::add_artifact(const RunId& run, const ArtifactRecord& artifact) {
    mutate(*connection_, run, [&](int64_t row) {
        ArtifactRecord stored = artifact;
        stored.path = stored_path(artifact.path, connection_->folder_of(run));
        insert_artifact(*connection_, row, stored);
    });
}

void RunStore::remove_artifact(const RunId& run, const std::string& path) {
    mutate(*connection_, run, [&](int64_t row) {
        Query(*connection_, "DELETE FROM artifacts WHERE run = ? AND path = ?")
            .add(row)
            .add(stored_path(path, connection_->folder_of(run)))
            .run();
    });
}

void RunStore::add_event(const RunId& run, const EventReport& event) {
    mutate(*connection_, run, [&](int64_t row) {
        int attempt = 0;
        {
            Query query(*connection_, "SELECT attempt FROM runs WHERE run = ?");
            query.add(row).step();
            attempt = static_cast<int>(query.integer());
        }
        insert_event(*connection_, row, attempt, now_seconds(), event);
    });
}

}  // namespace f8net
