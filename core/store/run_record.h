// SPDX-License-Identifier: Apache-2.0
/// What the run store knows, as plain structs: runs, their metrics, formats, histograms, files, events, evaluations.
/// Units    times are seconds since 1970 UTC (0: never); accuracies, shares and progress 0 to 1; sizes in bytes.
/// Threads  values, free to copy between threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/units.h"
#include "core/run/run_observer.h"

namespace f8net {

/// Readers derive kCrashed: the store says running and the process is gone (liveness.h).
enum class RunState { kQueued, kRunning, kPaused, kFinished, kStopped, kFailed, kCrashed };
std::string to_string(RunState state);  ///< "queued", ..., as the contract of the command line spells them
std::optional<RunState> parse_run_state(const std::string& text);

/// What is known of a run before it starts. Everything but the name may be empty.
struct NewRun {
    std::string name;         ///< empty: the experiment's name, else "run"
    std::string config;       ///< resolved configuration, YAML
    std::string config_path;  ///< file it came from
    std::string experiment;   ///< "fashion-mnist/quickstart"
    /// Resolved configuration key by key ("optimizer.lr", "0.1"): what filters, columns and comparison read.
    std::map<std::string, std::string> config_values;
    std::string model, dataset, dataset_fingerprint;
    std::string numeric_mode;  ///< of the last stage: "float", "fake-quant"
    std::string device;
    std::string environment;  ///< JSON object: versions, threads, host
    std::string command;      ///< shell command that does the same
    std::vector<std::string> tags;
    std::string note;
    std::optional<RunId> parent;    ///< run whose checkpoint this one starts from, or that it was cloned from
    std::string parent_checkpoint;  ///< which checkpoint of the parent, or a file
    int64_t total_steps = 0;        ///< 0: not known yet
    int total_epochs = 0;
};

/// Who trains a run, as the store remembers it.
struct RunOwner {
    int64_t pid = 0;  ///< 0: nobody
    std::string host;
    std::string boot_id;        ///< of the kernel, with the pid namespace
    int64_t process_start = 0;  ///< clock ticks after boot, tells a reused pid
    double heartbeat = 0;
};

/// A run as the table of runs shows it; cheap to read by the ten thousand.
struct RunSummary {
    RunId id;
    std::string name;
    RunState state = RunState::kQueued;
    std::string stage;              ///< current or last one
    std::vector<std::string> tags;  ///< sorted
    std::string note;
    std::optional<RunId> parent;
    std::string experiment, config_path, model, dataset, numeric_mode, device;
    int colour_index = 0;        ///< 0, 1, 2...: stays with the run; palettes take it modulo their size
    int64_t queue_position = 0;  ///< among queued runs, 0: not queued

    Epoch epoch, total_epochs;
    Step step, total_steps;
    double progress = 0;  ///< completed share of all steps
    /// Seconds left, from the pace of the current attempt; empty unless running and known.
    std::optional<double> eta_seconds;
    std::optional<double> best_top1, last_top1;
    Epoch best_epoch;
    std::optional<double> float_top1, fixed_top1, integer_top1;  ///< newest evaluations (set_evaluation)
    std::optional<double> last_loss;                             ///< train/loss

    double created_at = 0, started_at = 0, ended_at = 0, updated_at = 0, trashed_at = 0;
    double duration_seconds = 0;  ///< time spent running, over all attempts
    int attempt = 0;              ///< 1 at the first start, one more at each resume
    std::optional<int> exit_code;
    std::string message;  ///< why it failed or stopped
    RunOwner owner;
    std::string folder;    ///< absolute; made when the run was created
    int64_t revision = 0;  ///< grows with every change of this row
    /// Values of RunListOptions::keys: last value of a metric or value of a configuration key.
    std::map<std::string, std::string> values;
};

/// All of a run.
struct RunRecord : RunSummary {
    std::string config, environment, command, dataset_fingerprint, parent_checkpoint;
    std::map<std::string, std::string> config_values;
    std::vector<RunId> children;
};

struct MetricSummary {
    std::string name;
    int64_t num_points = 0;
    Step last_step;
    double last = 0, minimum = 0, maximum = 0;  ///< NaN where no value is finite
};

/// `value` may be NaN or infinite: a diverged loss is shown, not hidden.
struct MetricPoint {
    int64_t step = 0;
    int epoch = 0;
    float epoch_share = 0;
    double wall_time = 0;
    double value = 0;
};

/// How far a reader has read one series; the default reads all.
struct MetricCursor {
    int attempt = 0;
    int64_t step = -1;
};

/// What is new in a series: drop points with step > keep_until, append `points`, come back with `next`.
/// A resumed run rewrites the steps after its checkpoint; keep_until then lies before the cursor.
struct MetricDelta {
    int64_t keep_until = -1;
    std::vector<MetricPoint> points;
    MetricCursor next;
};

/// One of the times a run was started or resumed.
struct AttemptRecord {
    int attempt = 0;
    Step resumed_from;
    double started_at = 0, ended_at = 0;
    std::string host;
    int64_t pid = 0;
};

struct EpochRecord {
    Epoch epoch;
    Step step;
    std::string stage;
    double wall_time = 0;
    bool has_formats = false, has_histograms = false;
};

/// One cell of the history "epochs x layers".
struct FormatHistoryPoint {
    Epoch epoch;
    std::string layer;
    FixedPointFormat input_format, weight_format;
};

/// A file that belongs to a run. Checkpoints have role "last", "previous" (the one before last), "best" or
/// "stage:NAME"; others what they are: "network", "onnx", "log", "report".
struct ArtifactRecord {
    std::string path;  ///< absolute when read; inside the run's folder it is stored relative to it
    std::string role;
    bool is_checkpoint = false;
    int64_t size_bytes = 0;
    std::string hash;
    Epoch epoch;
    Step step;
    std::string stage;
    std::optional<double> top1;
    double created_at = 0;
};

struct EventRecord {
    int64_t id = 0;  ///< grows; the cursor of events_after
    RunId run;
    int attempt = 0;
    double time = 0;
    EventReport event;
};

/// Accuracy of a checkpoint in one numeric mode. One per (checkpoint, split, mode, images): a newer one replaces it.
struct EvaluationRecord {
    std::string checkpoint;  ///< path or role, as the writer names it
    std::string mode;        ///< "float", "fake-quant", "integer-only"...
    std::string split;       ///< "test", "validation"
    int64_t images = 0;
    double top1 = 0, top5 = 0;
    std::optional<double> loss;
    std::optional<bool> integer_modes_agree;
    std::optional<double> images_per_second;
    std::string details;  ///< JSON: per class and so on; may be empty
    double created_at = 0;
};

}  // namespace f8net
