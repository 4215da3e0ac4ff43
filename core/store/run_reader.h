// SPDX-License-Identifier: Apache-2.0
/// Reads the run store in transactions of a few milliseconds: each call is one, and what is large comes in parts.
/// Errors   as RunStore; a run that is not there is an UnknownRunError, with the nearest names where one was looked
/// for. Threads  those of its RunStore.   Lifetime: the store must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/store/run_filter.h"
#include "core/store/run_record.h"

namespace f8net {

class RunStore;

/// There is no such run (any more). Exit code 2.
class UnknownRunError : public ConfigError {
public:
    using ConfigError::ConfigError;
    ~UnknownRunError() override;
};

/// Who starts the runs of the queue (QueueLease).
struct QueueRunner {
    RunOwner owner;
    double started_at = 0;
    std::optional<RunId> run;  ///< being trained at the moment
    bool is_ending = false;    ///< asked to start no further run
};

struct RunListOptions {
    RunFilter filter;
    enum class Trash { kWithout, kOnly, kWith } trash = Trash::kWithout;
    /// Only runs changed after this revision (RunList::revision of the last call), and all that run; 0: all.
    /// With it, runs that just went into the trash come too (trashed_at says so), and the filter is not applied.
    int64_t changed_since = 0;
    std::vector<std::string> keys;  ///< configuration keys or metrics to put into RunSummary::values
    int limit = 0;                  ///< 0: no limit
};

struct RunList {
    std::vector<RunSummary> runs;  ///< newest first
    int64_t revision = 0;          ///< for changed_since
    int64_t total = 0;             ///< all runs in the store, trash included: where it shrank, something was purged
};

class RunReader {
public:
    explicit RunReader(const RunStore& store) : store_(store) {}

    RunList list(const RunListOptions& options = {}) const;
    RunRecord run(const RunId& run) const;
    /// Those of them that are there and not in the trash, in the same order.
    std::vector<RunId> listed(const std::vector<RunId>& runs) const;
    /// By id, unique name, or unique prefix of an id (in this order). ConfigError: unknown (nearest names) or ambiguous
    /// (candidates).
    RunId find(const std::string& text) const;
    /// Newest run of this name and configuration that can go on (stopped, failed, crashed, paused): `train --resume
    /// auto`.
    std::optional<RunId> find_unfinished(const std::string& name, const std::string& config) const;
    std::vector<RunSummary> queue() const;            ///< waiting runs in their order
    std::optional<QueueRunner> queue_runner() const;  ///< empty where none is alive
    std::vector<AttemptRecord> attempts(const RunId& run) const;

    std::vector<MetricSummary> metrics(const RunId& run) const;                   ///< sorted by name
    std::vector<std::string> metric_names(const std::vector<RunId>& runs) const;  ///< of any of them, sorted
    /// Up to max_points new points of one series; ask again while points.size() == max_points.
    MetricDelta metric(const RunId& run, const std::string& name, const MetricCursor& after = {},
                       int max_points = 20'000) const;

    std::vector<LayerDescription> layers(const RunId& run) const;  ///< in execution order
    std::vector<EpochRecord> epochs(const RunId& run) const;
    /// Formats of one epoch (empty: the newest that has them), in the order of the layers.
    std::vector<LayerFormatReport> formats(const RunId& run, std::optional<Epoch> epoch = {}) const;
    /// All epochs after `after`, by epoch, then layer order.
    std::vector<FormatHistoryPoint> format_history(const RunId& run, Epoch after = {-1}) const;
    /// One layer's reports over the epochs, for "when did it settle, how near is the next change".
    std::vector<std::pair<Epoch, LayerFormatReport>> layer_formats(const RunId& run, const std::string& layer) const;
    std::optional<HistogramReport> histogram(const RunId& run, Epoch epoch, const std::string& layer,
                                             const std::string& tensor) const;
    /// All histograms of an epoch, or those of one tensor kind ("input"), in the order of the layers.
    std::vector<HistogramReport> histograms(const RunId& run, Epoch epoch, const std::string& tensor = {}) const;
    std::vector<Epoch> histogram_epochs(const RunId& run) const;

    std::vector<ArtifactRecord> artifacts(const RunId& run) const;  ///< newest first, checkpoints among them
    /// role: "best", "last", "previous", "stage:NAME"; empty where there is none.
    std::optional<ArtifactRecord> checkpoint(const RunId& run, const std::string& role) const;
    std::vector<EvaluationRecord> evaluations(const RunId& run) const;  ///< newest first
    std::vector<EventRecord> events_after(int64_t event_id, const std::optional<RunId>& run = {},
                                          int limit = 1000) const;
    /// The newest `limit` events in the order they happened.
    std::vector<EventRecord> last_events(const std::optional<RunId>& run, int limit) const;

private:
    const RunStore& store_;
};

}  // namespace f8net
