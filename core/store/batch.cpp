// SPDX-License-Identifier: Apache-2.0
#include "core/store/batch.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/store/run_rows.h"

namespace f8net {

namespace {

template <typename T>
void move_to_end(std::vector<T>& to, std::vector<T>& from) {
    if (to.empty()) {
        to = std::move(from);
    } else {
        to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    }
}

void add_format(Query& query, const FixedPointFormat& format) {
    query.add(format.word_length).add(format.fractional_length).add(format.is_signed);
}

}  // namespace

bool Batch::empty() const {
    return new_metrics.empty() && stages.empty() && metrics.empty() && epochs.empty() && checkpoints.empty() &&
           events.empty() && !progress;
}

void Batch::append(Batch&& later) {
    move_to_end(new_metrics, later.new_metrics);
    move_to_end(stages, later.stages);
    move_to_end(metrics, later.metrics);
    move_to_end(epochs, later.epochs);
    move_to_end(checkpoints, later.checkpoints);
    move_to_end(events, later.events);
    if (later.progress) progress = later.progress;
}

BatchWriter::BatchWriter(RunStore::Connection& connection, int64_t row, int attempt, std::string run_folder)
    : connection_(connection), row_(row), attempt_(attempt), run_folder_(std::move(run_folder)) {}

void BatchWriter::committed() {
    committed_ = metrics_;
}
void BatchWriter::roll_back() {
    metrics_ = committed_;
}

void BatchWriter::reload() {
    for (Metric& metric : metrics_) metric.is_loaded = false;
    committed_ = metrics_;
}

void BatchWriter::write(const Batch& batch) {
    for (const StageItem& stage : batch.stages) write_stage(stage);
    for (const std::string& name : batch.new_metrics) add_metric(name);
    write_metrics(batch.metrics);
    for (const EpochItem& epoch : batch.epochs) write_epoch(epoch);
    for (const CheckpointItem& checkpoint : batch.checkpoints) write_checkpoint(checkpoint);
    for (const EventItem& event : batch.events) insert_event(connection_, row_, attempt_, event.time, event.report);
    if (batch.progress) {
        Query(connection_, "UPDATE runs SET step = ?, epoch = ?, step_time = ? WHERE run = ?")
            .add(batch.progress->step.value)
            .add(batch.progress->epoch.value)
            .add(batch.progress->time)
            .add(row_)
            .run();
    }
    if (!batch.checkpoints.empty() || !batch.epochs.empty()) refresh_top1(connection_, row_);
    if (!batch.metrics.empty()) {
        Query(connection_,
              "UPDATE runs SET last_loss = (SELECT s.last FROM metric_summaries AS s WHERE s.run = runs.run AND "
              "s.metric = "
              "(SELECT id FROM metric_names WHERE name = 'train/loss')) WHERE run = ?")
            .add(row_)
            .run();
    }
}

void BatchWriter::write_stage(const StageItem& item) {
    // The pace of one stage says little about the next one's; the time left is estimated from here.
    Query(connection_,
          "UPDATE runs SET stage = ?, total_steps = ?, total_epochs = ?, pace_step = step, pace_time = ?, step_time = "
          "? WHERE run = ?")
        .add(item.stage)
        .add(item.total_steps.value)
        .add(item.total_epochs.value)
        .add(item.time)
        .add(item.time)
        .add(row_)
        .run();
    for (const LayerDescription& layer : item.layers) {
        std::string shape;
        for (const int64_t size : layer.weight_shape) shape += (shape.empty() ? "" : ",") + std::to_string(size);
        Query(connection_, "INSERT OR REPLACE INTO layers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .add(row_)
            .add(layer.name)
            .add(layer.kind)
            .add(layer.depth)
            .add(layer.clip_owner)
            .add(layer.output_shape[0])
            .add(layer.output_shape[1])
            .add(layer.output_shape[2])
            .add(shape)
            .add(layer.parameters)
            .add(layer.macs)
            .run();
    }
}

void BatchWriter::add_metric(const std::string& name) {
    Query(connection_, "INSERT OR IGNORE INTO metric_names (name) VALUES (?)").add(name).run();
    Query query(connection_, "SELECT id FROM metric_names WHERE name = ?");
    query.add(name).step();
    metrics_.push_back({query.integer(), {}, false});
}

void BatchWriter::load(Metric& metric) {
    metric.is_loaded = true;
    metric.sum = {};
    Query query(connection_,
                "SELECT points, last_step, last, minimum, maximum FROM metric_summaries WHERE metric = ? AND run = ?");
    query.add(metric.id).add(row_);
    if (!query.step()) return;
    metric.sum.points = query.integer();
    metric.sum.last_step = query.integer();
    metric.sum.last = query.real();
    metric.sum.minimum = query.real();
    metric.sum.maximum = query.real();
    metric.sum.has_finite = !std::isnan(metric.sum.minimum);
}

void BatchWriter::add_to(Sum& sum, const MetricRow& row) {
    if (row.step > sum.last_step) ++sum.points;  // else it rewrites the row of that step
    if (row.step >= sum.last_step) {
        sum.last_step = row.step;
        sum.last = row.value;
    }
    if (!std::isfinite(row.value)) return;
    sum.minimum = sum.has_finite ? std::min(sum.minimum, row.value) : row.value;
    sum.maximum = sum.has_finite ? std::max(sum.maximum, row.value) : row.value;
    sum.has_finite = true;
}

void BatchWriter::write_metrics(const std::vector<MetricRow>& rows) {
    if (rows.empty()) return;
    std::vector<bool> is_touched(metrics_.size(), false);
    {
        Query insert(connection_,
                     "INSERT OR REPLACE INTO metrics (run, metric, step, epoch, epoch_share, wall_time, value) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?)");
        for (const MetricRow& row : rows) {
            Metric& metric = metrics_.at(static_cast<size_t>(row.metric));
            if (!metric.is_loaded) load(metric);
            add_to(metric.sum, row);
            is_touched[static_cast<size_t>(row.metric)] = true;
            insert.add(row_)
                .add(metric.id)
                .add(row.step)
                .add(row.epoch)
                .add(row.epoch_share)
                .add(row.time)
                .add(row.value)
                .run();
        }
    }
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    Query insert(connection_,
                 "INSERT OR REPLACE INTO metric_summaries (metric, run, points, last_step, last, minimum, maximum) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < metrics_.size(); ++i) {
        if (!is_touched[i]) continue;
        const Sum& sum = metrics_[i].sum;
        insert.add(metrics_[i].id).add(row_).add(sum.points).add(sum.last_step).add(sum.last);
        insert.add(sum.has_finite ? sum.minimum : kNone).add(sum.has_finite ? sum.maximum : kNone).run();
    }
}

void BatchWriter::rebuild_summaries(RunStore::Connection& connection, int64_t row) {
    Query(connection, "DELETE FROM metric_summaries WHERE run = ?").add(row).run();
    // Infinite values are not extremes, as in add_to.
    Query(connection,
          "INSERT INTO metric_summaries (metric, run, points, last_step, last, minimum, maximum) "
          "SELECT g.metric, ?1, g.points, g.last_step, m.value, g.minimum, g.maximum FROM (SELECT metric, count(*) AS "
          "points, "
          "max(step) AS last_step, min(iif(abs(value) < 9e999, value, NULL)) AS minimum, max(iif(abs(value) < 9e999, "
          "value, NULL)) "
          "AS maximum FROM metrics WHERE run = ?1 GROUP BY metric) AS g JOIN metrics AS m ON m.run = ?1 AND m.metric = "
          "g.metric AND "
          "m.step = g.last_step")
        .add(row)
        .run();
}

void BatchWriter::write_epoch(const EpochItem& item) {
    const EpochReport& report = item.report;
    // Formats and histograms of an epoch written before go with its row.
    Query(connection_, "DELETE FROM epochs WHERE run = ? AND epoch = ?").add(row_).add(report.epoch.value).run();
    Query(connection_, "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?)")
        .add(row_)
        .add(report.epoch.value)
        .add(report.step.value)
        .add(report.stage)
        .add(item.time)
        .add(!report.formats.empty())
        .add(!report.histograms.empty())
        .run();
    for (const LayerFormatReport& format : report.formats) {
        Query insert(connection_,
                     "INSERT OR REPLACE INTO layer_formats VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                     "?, ?, ?, ?, ?, "
                     "?, ?)");
        insert.add(row_).add(report.epoch.value).add(format.layer);
        add_format(insert, format.input_format);
        add_format(insert, format.weight_format);
        insert.add(format.input_running_fractional_length).add(format.input_statistic).add(format.weight_statistic);
        insert.add(format.input_unrounded).add(format.weight_unrounded).add(format.statistic);
        insert.add(format.clip_level).add(format.clip_scale);
        insert.add(format.input_clipped_share).add(format.input_negative_share).add(format.input_zero_share);
        insert.add(format.weight_clipped_share).add(format.weight_zero_share);
        insert.add(format.input_sqnr_db).add(format.weight_sqnr_db).run();
    }
    for (const HistogramReport& histogram : report.histograms) {
        Query(connection_, "INSERT OR REPLACE INTO histograms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .add(row_)
            .add(report.epoch.value)
            .add(histogram.layer)
            .add(histogram.tensor)
            .add(histogram.lower)
            .add(histogram.width)
            .add_blob(histogram.counts.data(), histogram.counts.size() * sizeof(int64_t))
            .add(histogram.below)
            .add(histogram.above)
            .add(histogram.minimum)
            .add(histogram.maximum)
            .add(histogram.mean)
            .add(histogram.standard_deviation)
            .run();
    }
}

void BatchWriter::write_checkpoint(const CheckpointItem& item) {
    const CheckpointReport& report = item.report;
    const std::string path = stored_path(report.path, run_folder_);
    if (report.role == "last") {
        // The one before last is kept in case the last one turns out damaged.
        Query(connection_, "DELETE FROM artifacts WHERE run = ? AND role = 'previous' AND is_checkpoint")
            .add(row_)
            .run();
        Query(connection_,
              "UPDATE OR REPLACE artifacts SET role = 'previous' WHERE run = ? AND role = 'last' AND is_checkpoint AND "
              "path <> ?")
            .add(row_)
            .add(path)
            .run();
    } else {
        Query(connection_, "DELETE FROM artifacts WHERE run = ? AND role = ? AND is_checkpoint")
            .add(row_)
            .add(report.role)
            .run();
    }
    Query(connection_, "INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)")
        .add(row_)
        .add(path)
        .add(report.role)
        .add(report.size_bytes)
        .add(report.hash)
        .add(report.epoch.value)
        .add(report.step.value)
        .add(report.stage)
        .add(report.top1)
        .add(item.time)
        .run();
}

}  // namespace f8net
