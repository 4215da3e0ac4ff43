// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_transfer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <map>

#include "core/base/error.h"
#include "core/store/connection.h"
#include "core/store/liveness.h"
#include "core/store/run_ids.h"
#include "core/store/run_reader.h"
#include "core/store/run_rows.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

/// Folders that go away unless somebody keeps them.
class TemporaryFolders {
public:
    TemporaryFolders() = default;
    ~TemporaryFolders() {
        std::error_code ignored;
        for (const std::string& path : paths_) fs::remove_all(path, ignored);
    }
    TemporaryFolders(const TemporaryFolders&) = delete;
    TemporaryFolders& operator=(const TemporaryFolders&) = delete;
    void add(const std::string& path) { paths_.push_back(path); }
    void keep() { paths_.clear(); }

private:
    std::vector<std::string> paths_;
};

void need_sound(const RunStore& source) {
    RunStore::Connection& connection = source.connection();
    if (connection.is_missing) throw ConfigError("there is no store " + source.path() + ", or nothing in it");
    if (source.schema_version() != RunStore::kSchemaVersion) {
        throw StoreError("the run store " + source.path() +
                         " was written by a newer version of F8Net Workbench (schema " +
                         std::to_string(source.schema_version()) + ", this program knows " +
                         std::to_string(RunStore::kSchemaVersion) + "); update this program to import from it");
    }
    // Its rows become ours: what is damaged is found here, not years later.
    Query check(connection, "PRAGMA quick_check(1)");
    if (!check.step()) return;
    if (const std::string answer = check.text(); answer != "ok") {
        throw StoreError("the run store " + source.path() + " is damaged; save what can be read with: sqlite3 " +
                         source.path() + " .recover: " + answer);
    }
}

bool is_trained(const RunSummary& run) {
    return run.state == RunState::kRunning;  // a reader's word: kCrashed where the process is gone
}

/// Oldest first, so that parents come before their children.
std::vector<RunSummary> choose(const RunStore& source, const std::vector<RunId>& runs, RunTransfer& transfer) {
    const RunReader reader(source);
    std::vector<RunSummary> chosen;
    if (runs.empty()) {
        for (RunSummary& run : reader.list().runs) {
            (is_trained(run) ? transfer.left_out : chosen).push_back(std::move(run));
        }
    } else {
        for (const RunId& id : runs) {
            chosen.push_back(reader.run(id));
            if (is_trained(chosen.back())) {
                throw StoreError("run " + id.text() + " is being trained (" + to_string(chosen.back().owner) +
                                 "); import it once it has ended");
            }
        }
    }
    std::sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    chosen.erase(std::unique(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) { return a.id == b.id; }),
                 chosen.end());
    for (const RunSummary& run : chosen) {
        // It becomes the name of a folder.
        if (!is_run_id(run.id.text()))
            throw StoreError("the run store " + source.path() + " has a run with the id '" + run.id.text() +
                             "', expected 12 characters of 0 to 9 and a to z");
    }
    return chosen;
}

struct FileToCopy {
    fs::path from, to;
    int64_t bytes = 0;
};

/// Files of a run's folder; what is neither file nor folder (links, pipes) does not belong to a run.
void list_files(const fs::path& from, const fs::path& to, std::vector<FileToCopy>& files) {
    std::error_code failure;
    if (!fs::is_directory(from, failure)) return;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from)) {
        if (entry.is_symlink() || !entry.is_regular_file()) continue;
        files.push_back(
            {entry.path(), to / entry.path().lexically_relative(from), static_cast<int64_t>(entry.file_size())});
    }
}

void copy_files(const std::vector<FileToCopy>& files, const Work& work) {
    double total = 1, done = 0;
    for (const FileToCopy& file : files) total += static_cast<double>(file.bytes);
    for (const FileToCopy& file : files) {
        work.need_going_on();
        std::error_code failure;
        fs::create_directories(file.to.parent_path(), failure);
        if (!failure) fs::copy_file(file.from, file.to, failure);
        if (failure) throw IoError("copy " + file.from.string() + " to", file.to.string(), failure.value());
        done += static_cast<double>(file.bytes);
        work.report(0.9 * done / total);
    }
}

std::string read_only_uri(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            std::array<char, 4> code{};
            std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned>(c));
            uri += code.data();
        } else {
            uri += c;
        }
    }
    return uri + "?mode=ro";
}

// Everything but id, folder, revision, colour, place in the queue and claim, which are this store's. ?1 is the id, ?2
// the row in the source.
constexpr const char* kInsertRun =
    "INSERT INTO runs (id, folder, colour_index, name, state, stage, note, parent, parent_checkpoint, config, "
    "config_path, experiment, command, model, dataset, dataset_fingerprint, numeric_mode, device, environment, host, "
    "heartbeat, attempt, created_at, started_at, ended_at, updated_at, attempt_started_at, ran_seconds, step, "
    "total_steps, epoch, total_epochs, pace_step, pace_time, step_time, best_top1, best_epoch, last_top1, last_loss, "
    "float_top1, fixed_top1, integer_top1, exit_code, message) "
    "SELECT ?1, 'runs/' || ?1, (SELECT coalesce(max(colour_index), -1) + 1 FROM main.runs), name, state, stage, note, "
    "parent, parent_checkpoint, config, config_path, experiment, command, model, dataset, dataset_fingerprint, "
    "numeric_mode, device, environment, host, heartbeat, attempt, created_at, started_at, ended_at, updated_at, "
    "attempt_started_at, ran_seconds, step, total_steps, epoch, total_epochs, pace_step, pace_time, step_time, "
    "best_top1, best_epoch, last_top1, last_loss, float_top1, fixed_top1, integer_top1, exit_code, message "
    "FROM source.runs WHERE run = ?2";

// ?1 is the row here, ?2 the row in the source. Names have other numbers there.
constexpr std::array kInsertParts{
    "INSERT INTO run_tags SELECT ?1, tag FROM source.run_tags WHERE run = ?2",
    "INSERT OR IGNORE INTO config_keys (name) SELECT k.name FROM source.run_config AS c JOIN source.config_keys AS k "
    "ON k.id = c.key WHERE c.run = ?2",
    "INSERT INTO run_config SELECT h.id, ?1, c.value FROM source.run_config AS c JOIN source.config_keys AS k "
    "ON k.id = c.key JOIN main.config_keys AS h ON h.name = k.name WHERE c.run = ?2",
    "INSERT INTO attempts SELECT ?1, attempt, resumed_from, started_at, ended_at, host, pid FROM source.attempts "
    "WHERE run = ?2",
    "INSERT INTO layers SELECT ?1, name, kind, depth, clip_owner, output_channels, output_height, output_width, "
    "weight_shape, parameters, macs FROM source.layers WHERE run = ?2",
    "INSERT INTO epochs SELECT ?1, epoch, step, stage, wall_time, has_formats, has_histograms FROM source.epochs "
    "WHERE run = ?2",
    "INSERT INTO layer_formats SELECT ?1, epoch, layer, input_word_length, input_fractional_length, input_signed, "
    "weight_word_length, weight_fractional_length, weight_signed, input_running_fractional_length, input_statistic, "
    "weight_statistic, input_unrounded, weight_unrounded, statistic, clip_level, clip_scale, input_clipped_share, "
    "input_negative_share, input_zero_share, weight_clipped_share, weight_zero_share, input_sqnr_db, weight_sqnr_db "
    "FROM source.layer_formats WHERE run = ?2",
    "INSERT INTO histograms SELECT ?1, epoch, layer, tensor, lower, width, counts, below, above, minimum, maximum, "
    "mean, standard_deviation FROM source.histograms WHERE run = ?2",
    "INSERT INTO artifacts SELECT ?1, path, role, is_checkpoint, size_bytes, hash, epoch, step, stage, top1, "
    "created_at FROM source.artifacts WHERE run = ?2",
    "INSERT INTO evaluations SELECT ?1, checkpoint, split, mode, images, top1, top5, loss, integer_modes_agree, "
    "images_per_second, details, created_at FROM source.evaluations WHERE run = ?2",
    "INSERT INTO events (run, attempt, time, level, kind, message, step, epoch) SELECT ?1, attempt, time, level, kind, "
    "message, step, epoch FROM source.events WHERE run = ?2 ORDER BY id",
    "INSERT OR IGNORE INTO metric_names (name) SELECT n.name FROM source.metric_summaries AS s JOIN "
    "source.metric_names AS n ON n.id = s.metric WHERE s.run = ?2",
    "INSERT INTO metric_summaries SELECT h.id, ?1, s.points, s.last_step, s.last, s.minimum, s.maximum FROM "
    "source.metric_summaries AS s JOIN source.metric_names AS n ON n.id = s.metric JOIN main.metric_names AS h "
    "ON h.name = n.name WHERE s.run = ?2",
};

/// Series by series, so that it can be stopped between them.
void insert_points(RunStore::Connection& connection, int64_t here, int64_t there, const Work& work) {
    std::vector<std::pair<int64_t, int64_t>> metrics;  // numbers here and there
    {
        Query query(connection,
                    "SELECT h.id, n.id FROM source.metric_summaries AS s JOIN source.metric_names AS n "
                    "ON n.id = s.metric JOIN main.metric_names AS h ON h.name = n.name WHERE s.run = ? ORDER BY h.id");
        query.add(there);
        while (query.step()) {
            const int64_t number = query.integer();
            metrics.emplace_back(number, query.integer());
        }
    }
    for (const auto& [number, number_there] : metrics) {
        work.need_going_on();
        Query(connection,
              "INSERT INTO metrics SELECT ?1, ?2, step, epoch, epoch_share, wall_time, value FROM source.metrics "
              "WHERE run = ?3 AND metric = ?4 ORDER BY step")
            .add(here)
            .add(number)
            .add(there)
            .add(number_there)
            .run();
    }
}

void insert_run(RunStore::Connection& connection, const RunId& from, const RunId& to, const Work& work) {
    int64_t there = 0;
    {
        Query query(connection, "SELECT run FROM source.runs WHERE id = ?");
        query.add(from.text());
        if (!query.step()) throw ConfigError("run " + from.text() + " was removed while it was to be imported");
        there = query.integer();
    }
    Query(connection, kInsertRun).add(to.text()).add(there).run();
    const int64_t here = connection.row_of(to);
    for (const char* sql : kInsertParts) Query(connection, sql).add(here).add(there).run();
    insert_points(connection, here, there, work);
    // Nobody trains it here, and it waits for nobody.
    Query(connection, "UPDATE runs SET state = 'stopped' WHERE run = ? AND state = 'queued'").add(here).run();
    Query running(connection, "SELECT count(*) FROM runs WHERE run = ? AND state = 'running'");
    running.add(here).step();
    if (running.integer() == 0) return;
    end_silent_attempt(connection, here);
    Query(connection, "UPDATE runs SET state = 'crashed', ended_at = heartbeat WHERE run = ?").add(here).run();
}

void sync(const std::string& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::syncfs(descriptor);  // the copied files, before rows name them
    ::close(descriptor);
}

}  // namespace

RunTransfer transfer_runs(const std::string& source_path, const std::vector<RunId>& runs,
                          const std::string& target_path, const Work& work) {
    std::error_code failure;
    if (!fs::exists(source_path, failure)) throw ConfigError("there is no store " + source_path + " to import from");
    if (fs::equivalent(source_path, target_path, failure))
        throw ConfigError(source_path + " is the store that it is to be imported into; name another");
    const RunStore source(source_path, RunStore::Mode::kReadOnly);
    need_sound(source);
    const RunStore target(target_path, RunStore::Mode::kReadWrite);
    RunStore::Connection& connection = target.connection();

    RunTransfer transfer;
    const std::vector<RunSummary> chosen = choose(source, runs, transfer);
    // Beside the runs' folders: a rename brings it in.
    static std::atomic<int> counter{0};
    const fs::path arriving =
        fs::path(connection.folder) / ("runs.import-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    TemporaryFolders temporary, moved;
    temporary.add(arriving.string());
    std::vector<FileToCopy> files;
    for (const RunSummary& run : chosen) {
        fs::create_directories(arriving / run.id.text(), failure);
        if (failure) throw IoError("create folder", (arriving / run.id.text()).string(), failure.value());
        list_files(source.run_folder(run.id), arriving / run.id.text(), files);
    }
    copy_files(files, work);
    fs::create_directories(fs::path(connection.folder) / "runs", failure);
    sync(connection.folder);

    Query(connection, "ATTACH DATABASE ? AS source").add(read_only_uri(source.path())).run();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kWrite);
    std::map<RunId, RunId> new_ids;  // of those that changed
    for (const RunSummary& run : chosen) {
        work.need_going_on();
        const RunId to = is_used(connection, run.id) ? unused_run_id(connection, run.created_at) : run.id;
        if (to != run.id) new_ids[run.id] = to;
        insert_run(connection, run.id, to, work);
        fs::rename(arriving / run.id.text(), connection.folder_of(to), failure);
        if (failure) throw IoError("rename to", connection.folder_of(to), failure.value());
        moved.add(connection.folder_of(to));
        transfer.runs.push_back({run.id, to, run.name});
        work.report(0.9 + 0.1 * static_cast<double>(transfer.runs.size()) / static_cast<double>(chosen.size()));
    }
    for (const TransferredRun& run : transfer.runs) {
        for (const auto& [from, to] : new_ids) {
            Query(connection, "UPDATE runs SET parent = ? WHERE id = ? AND parent = ?")
                .add(to.text())
                .add(run.to.text())
                .add(from.text())
                .run();
        }
    }
    work.need_going_on();
    transaction.commit();
    moved.keep();
    return transfer;
}

}  // namespace f8net
