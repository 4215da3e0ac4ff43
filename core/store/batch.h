// SPDX-License-Identifier: Apache-2.0
/// What a run reported and is not committed yet, and the SQL that writes it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/run/run_observer.h"
#include "core/store/connection.h"

namespace f8net {

struct MetricRow {
    int metric = 0;  ///< position in the order of first appearance; Batch::new_metrics has the names
    int epoch = 0;
    int64_t step = 0;
    double epoch_share = 0;
    double time = 0;
    double value = 0;
};
struct StageItem {
    std::string stage;
    std::vector<LayerDescription> layers;
    Step total_steps;
    Epoch total_epochs;
    double time = 0;
};
struct EpochItem {
    EpochReport report;
    double time = 0;
};
struct CheckpointItem {
    CheckpointReport report;
    double time = 0;
};
struct EventItem {
    EventReport report;
    double time = 0;
};
struct Progress {
    Step step;
    Epoch epoch;
    double time = 0;
};

struct Batch {
    std::vector<std::string> new_metrics;
    std::vector<StageItem> stages;
    std::vector<MetricRow> metrics;
    std::vector<EpochItem> epochs;
    std::vector<CheckpointItem> checkpoints;
    std::vector<EventItem> events;
    std::optional<Progress> progress;

    bool empty() const;
    void append(Batch&& later);
};

/// Writes batches of one run inside the caller's transaction. After it, call committed() or roll_back(): the names and
/// sums kept in memory follow the store. Threads  one at a time.
class BatchWriter {
public:
    BatchWriter(RunStore::Connection& connection, int64_t row, int attempt, std::string run_folder);

    void write(const Batch& batch);
    void committed();
    void roll_back();
    void reload();  ///< after rows were deleted by somebody else

    /// Sums of all metrics of a run anew from its rows; the caller's transaction.
    static void rebuild_summaries(RunStore::Connection& connection, int64_t row);

private:
    struct Sum {
        int64_t points = 0;
        int64_t last_step = -1;
        double last = 0, minimum = 0, maximum = 0;
        bool has_finite = false;
    };
    struct Metric {
        int64_t id = 0;
        Sum sum;
        bool is_loaded = false;
    };

    void write_stage(const StageItem& item);
    void add_metric(const std::string& name);
    void write_metrics(const std::vector<MetricRow>& rows);
    void write_epoch(const EpochItem& item);
    void write_checkpoint(const CheckpointItem& item);
    void load(Metric& metric);
    static void add_to(Sum& sum, const MetricRow& row);

    RunStore::Connection& connection_;
    int64_t row_;
    int attempt_;
    std::string run_folder_;
    std::vector<Metric> metrics_;    // as of the transaction under way
    std::vector<Metric> committed_;  // as of the last commit
};

}  // namespace f8net
