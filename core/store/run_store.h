// SPDX-License-Identifier: Apache-2.0
/// The run store: one SQLite file that is the only channel between runs and those who look at them, and a folder per
/// run beside it (runs/<id>/). Opening, the life of runs and what people change in them; RunReader reads, RunWriter
/// writes what a run reports. Errors   StoreError (path, SQL, SQLite's codes and words): busy for longer than the
/// timeout, damaged, not a store, newer version;
///          IoError: disk full, no permission; ConfigError: a run that does not exist or cannot do what is asked.
/// Threads  one at a time per object; open one for each thread (several processes may, too).
/// Source   design.md 5; tables in resources/schema/.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store/run_record.h"

namespace f8net {

struct StoreOptions {
    int busy_timeout_ms = 10'000;
};

class RunStore {
public:
    enum class Mode {
        kReadWrite,  ///< creates folder and file where missing, brings an older schema up to date
        kReadOnly,   ///< a missing file reads as an empty store; a newer one opens, newer_version_message() says so
    };
    static constexpr int kSchemaVersion = 1;

    RunStore(const std::string& path, Mode mode, StoreOptions options = {});
    ~RunStore();
    RunStore(RunStore&&) noexcept;
    RunStore& operator=(RunStore&&) noexcept;

    const std::string& path() const;
    bool is_read_only() const;
    int schema_version() const;
    std::string newer_version_message() const;  ///< empty unless written by a newer version
    std::string journal_mode() const;           ///< "wal" or "persist", by the SQLite at run time
    std::string run_folder(const RunId& run) const;

    /// True when another connection or process changed something since the last call (and at the first call). Costs
    /// microseconds.
    bool changed();

    // The life of a run. Starting, resuming and ending is RunWriter's.
    /// kAtOnce: whoever created it starts it; kInTurn: it waits at the end of the queue (run_queue.h).
    enum class Start { kAtOnce, kInTurn };
    RunId create_run(const NewRun& run, Start start = Start::kAtOnce);  ///< queued, with its folder
    /// Replaces what is known of a run (a resume with other settings or on another device): all of NewRun that is not
    /// empty, but for name, tags, note and parent, which are people's.
    void update_run(const RunId& run, const NewRun& known);
    /// Asks whoever trains the run (stop, checkpoint now, pause). A queued run that is to stop is stopped at once.
    /// ConfigError where the run is not running.
    void request(const RunId& run, RunRequest request);

    // What people change.
    void rename(const RunId& run, const std::string& name);
    void add_tag(const RunId& run, const std::string& tag);
    void remove_tag(const RunId& run, const std::string& tag);
    void set_note(const RunId& run, const std::string& note);
    void set_colour(const RunId& run, int colour_index);
    void set_parent(const RunId& run, const std::optional<RunId>& parent, const std::string& checkpoint);
    void trash(const RunId& run);  ///< ConfigError while it is running
    void restore(const RunId& run);
    void purge(const RunId& run);  ///< rows and folder, for good; only from the trash
    /// Purges what was trashed before `trashed_before`; the ids that went.
    std::vector<RunId> purge_trash(double trashed_before);

    // What other work adds to a run.
    void set_evaluation(const RunId& run, const EvaluationRecord& evaluation);
    void add_artifact(const RunId& run, const ArtifactRecord& artifact);
    void remove_artifact(const RunId& run, const std::string& path);
    void add_event(const RunId& run, const EventReport& event);

    struct Connection;  // core/store/connection.h, for this folder alone
    Connection& connection() const { return *connection_; }

private:
    std::unique_ptr<Connection> connection_;
};

/// Seconds since 1970 UTC.
double now_seconds();

}  // namespace f8net
