// SPDX-License-Identifier: Apache-2.0
// What belongs to one run: metrics, layers, formats, histograms, files, evaluations, events.
#include <algorithm>
#include <cstring>
#include <sstream>

#include "core/store/connection.h"
#include "core/store/run_reader.h"
#include "core/store/run_rows.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

const char* const kFormatColumns =
    "f.epoch, f.layer, f.input_word_length, f.input_fractional_length, f.input_signed, f.weight_word_length, "
    "f.weight_fractional_length, f.weight_signed, f.input_running_fractional_length, f.input_statistic, "
    "f.weight_statistic, "
    "f.input_unrounded, f.weight_unrounded, f.statistic, f.clip_level, f.clip_scale, f.input_clipped_share, "
    "f.input_negative_share, f.input_zero_share, f.weight_clipped_share, f.weight_zero_share, f.input_sqnr_db, "
    "f.weight_sqnr_db";

FixedPointFormat read_format(Query& query) {
    FixedPointFormat format;
    format.word_length = static_cast<int>(query.integer());
    format.fractional_length = static_cast<int>(query.integer());
    format.is_signed = query.boolean();
    return format;
}

std::pair<Epoch, LayerFormatReport> read_layer_format(Query& query) {
    std::pair<Epoch, LayerFormatReport> result;
    auto& [epoch, report] = result;
    epoch.value = static_cast<int>(query.integer());
    report.layer = query.text();
    report.input_format = read_format(query);
    report.weight_format = read_format(query);
    report.input_running_fractional_length = query.real();
    report.input_statistic = query.real();
    report.weight_statistic = query.real();
    report.input_unrounded = query.real();
    report.weight_unrounded = query.real();
    report.statistic = query.text();
    report.clip_level = query.real();
    report.clip_scale = query.real();
    report.input_clipped_share = query.real();
    report.input_negative_share = query.real();
    report.input_zero_share = query.real();
    report.weight_clipped_share = query.real();
    report.weight_zero_share = query.real();
    report.input_sqnr_db = query.real();
    report.weight_sqnr_db = query.real();
    return result;
}

HistogramReport read_histogram(Query& query) {
    HistogramReport histogram;
    histogram.layer = query.text();
    histogram.tensor = query.text();
    histogram.lower = query.real();
    histogram.width = query.real();
    const std::string_view counts = query.blob();
    histogram.counts.resize(counts.size() / sizeof(int64_t));
    if (!histogram.counts.empty()) {
        std::memcpy(histogram.counts.data(), counts.data(), histogram.counts.size() * sizeof(int64_t));
    }
    histogram.below = query.integer();
    histogram.above = query.integer();
    histogram.minimum = query.real();
    histogram.maximum = query.real();
    histogram.mean = query.real();
    histogram.standard_deviation = query.real();
    return histogram;
}

ArtifactRecord read_artifact(Query& query, const std::string& run_folder) {
    ArtifactRecord artifact;
    artifact.path = absolute_path(query.text(), run_folder);
    artifact.role = query.text();
    artifact.is_checkpoint = query.boolean();
    artifact.size_bytes = query.integer();
    artifact.hash = query.text();
    artifact.epoch.value = static_cast<int>(query.integer());
    artifact.step.value = query.integer();
    artifact.stage = query.text();
    artifact.top1 = query.optional_real();
    artifact.created_at = query.real();
    return artifact;
}

EventRecord read_event(Query& query) {
    EventRecord record;
    record.id = query.integer();
    record.run = RunId(query.text());
    record.attempt = static_cast<int>(query.integer());
    record.time = query.real();
    const std::string level = query.text();
    for (const EventLevel candidate : {EventLevel::kInfo, EventLevel::kWarning, EventLevel::kError}) {
        if (to_string(candidate) == level) record.event.level = candidate;
    }
    record.event.kind = query.text();
    record.event.message = query.text();
    record.event.step.value = query.integer();
    record.event.epoch.value = static_cast<int>(query.integer());
    return record;
}

}  // namespace

std::vector<MetricSummary> RunReader::metrics(const RunId& run) const {
    RunStore::Connection& connection = store_.connection();
    Query query(connection,
                "SELECT n.name, s.points, s.last_step, s.last, s.minimum, s.maximum FROM metric_summaries AS s "
                "JOIN metric_names AS n ON n.id = s.metric WHERE s.run = ? ORDER BY n.name");
    query.add(connection.row_of(run));
    std::vector<MetricSummary> metrics;
    while (query.step()) {
        MetricSummary& metric = metrics.emplace_back();
        metric.name = query.text();
        metric.num_points = query.integer();
        metric.last_step.value = query.integer();
        metric.last = query.real();
        metric.minimum = query.real();
        metric.maximum = query.real();
    }
    return metrics;
}

std::vector<std::string> RunReader::metric_names(const std::vector<RunId>& runs) const {
    RunStore::Connection& connection = store_.connection();
    std::vector<std::string> names;
    for (const RunId& run : runs) {
        Query query(
            connection,
            "SELECT n.name FROM metric_summaries AS s JOIN metric_names AS n ON n.id = s.metric WHERE s.run = ?");
        query.add(connection.row_of(run));
        while (query.step()) names.push_back(query.text());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

MetricDelta RunReader::metric(const RunId& run, const std::string& name, const MetricCursor& after,
                              int max_points) const {
    RunStore::Connection& connection = store_.connection();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kRead);
    const int64_t row = connection.row_of(run);
    MetricDelta delta;
    delta.keep_until = after.step;
    delta.next = after;
    {
        // Only attempts whose checkpoint is loaded: before, the old rows are still there and not to be dropped.
        Query query(connection,
                    "SELECT max(attempt), min(resumed_from) FROM attempts WHERE run = ? AND attempt > ? AND "
                    "resumed_from IS NOT NULL");
        query.add(row).add(after.attempt).step();
        if (const auto newest = query.optional_integer()) {
            delta.next.attempt = static_cast<int>(*newest);
            if (after.attempt > 0) delta.keep_until = std::min(after.step, query.integer());
        }
    }
    delta.next.step = delta.keep_until;
    Query query(connection,
                "SELECT step, epoch, epoch_share, wall_time, value FROM metrics WHERE run = ? AND "
                "metric = (SELECT id FROM metric_names WHERE name = ?) AND step > ? ORDER BY step LIMIT ?");
    query.add(row).add(name).add(delta.keep_until).add(max_points);
    while (query.step()) {
        MetricPoint& point = delta.points.emplace_back();
        point.step = query.integer();
        point.epoch = static_cast<int>(query.integer());
        point.epoch_share = static_cast<float>(query.real());
        point.wall_time = query.real();
        point.value = query.real();
    }
    if (!delta.points.empty()) delta.next.step = delta.points.back().step;
    return delta;
}

std::vector<LayerDescription> RunReader::layers(const RunId& run) const {
    RunStore::Connection& connection = store_.connection();
    Query query(connection,
                "SELECT name, kind, depth, clip_owner, output_channels, output_height, output_width, weight_shape, "
                "parameters, macs "
                "FROM layers WHERE run = ? ORDER BY depth, name");
    query.add(connection.row_of(run));
    std::vector<LayerDescription> layers;
    while (query.step()) {
        LayerDescription& layer = layers.emplace_back();
        layer.name = query.text();
        layer.kind = query.text();
        layer.depth = static_cast<int>(query.integer());
        layer.clip_owner = query.text();
        for (int64_t& size : layer.output_shape) size = query.integer();
        std::istringstream shape(query.text());
        for (std::string size; std::getline(shape, size, ',');) layer.weight_shape.push_back(std::stoll(size));
        layer.parameters = query.integer();
        layer.macs = query.integer();
    }
    return layers;
}

std::vector<EpochRecord> RunReader::epochs(const RunId& run) const {
    RunStore::Connection& connection = store_.connection();
    Query query(
        connection,
        "SELECT epoch, step, stage, wall_time, has_formats, has_histograms FROM epochs WHERE run = ? ORDER BY epoch");
    query.add(connection.row_of(run));
    std::vector<EpochRecord> epochs;
    while (query.step()) {
        EpochRecord& epoch = epochs.emplace_back();
        epoch.epoch.value = static_cast<int>(query.integer());
        epoch.step.value = query.integer();
        epoch.stage = query.text();
        epoch.wall_time = query.real();
        epoch.has_formats = query.boolean();
        epoch.has_histograms = query.boolean();
    }
    return epochs;
}

std::vector<LayerFormatReport> RunReader::formats(const RunId& run, std::optional<Epoch> epoch) const {
    RunStore::Connection& connection = store_.connection();
    StoreTransaction transaction(connection, StoreTransaction::Kind::kRead);
    const int64_t row = connection.row_of(run);
    static const std::string sql =
        std::string("SELECT ") + kFormatColumns +
        " FROM layer_formats AS f LEFT JOIN layers AS l ON l.run = f.run AND l.name = f.layer WHERE f.run = ?1 AND "
        "f.epoch = "
        "coalesce(?2, (SELECT max(epoch) FROM epochs WHERE run = ?1 AND has_formats)) ORDER BY l.depth, f.layer";
    Query query(connection, sql.c_str());
    query.add(row);
    epoch ? query.add(epoch->value) : query.add_null();
    std::vector<LayerFormatReport> formats;
    while (query.step()) formats.push_back(read_layer_format(query).second);
    return formats;
}

std::vector<FormatHistoryPoint> RunReader::format_history(const RunId& run, Epoch after) const {
    RunStore::Connection& connection = store_.connection();
    Query query(connection,
                "SELECT f.epoch, f.layer, f.input_word_length, f.input_fractional_length, f.input_signed, "
                "f.weight_word_length, "
                "f.weight_fractional_length, f.weight_signed FROM layer_formats AS f LEFT JOIN layers AS l ON l.run = "
                "f.run AND "
                "l.name = f.layer WHERE f.run = ? AND f.epoch > ? ORDER BY f.epoch, l.depth, f.layer");
    query.add(connection.row_of(run)).add(after.value);
    std::vector<FormatHistoryPoint> history;
    while (query.step()) {
        FormatHistoryPoint& point = history.emplace_back();
        point.epoch.value = static_cast<int>(query.integer());
        point.layer = query.text();
        point.input_format = read_format(query);
        point.weight_format = read_format(query);
    }
    return history;
}

std::vector<std::pair<Epoch, LayerFormatReport>> RunReader::layer_formats(const RunId& run,
                                                                          const std::string& layer) const {
    RunStore::Connection& connection = store_.connection();
    static const std::string sql = std::string("SELECT ") + kFormatColumns +
                                   " FROM layer_formats AS f WHERE f.run = ? AND f.layer = ? ORDER BY f.epoch";
    Query query(connection, sql.c_str());
    query.add(connection.row_of(run)).add(layer);
    std::vector<std::pair<Epoch, LayerFormatReport>> formats;
    while (query.step()) formats.push_back(read_layer_format(query));
    return formats;
}

std::optional<HistogramReport> RunReader::histogram(const RunId& run, Epoch epoch, const std::string& layer,
                                                    const std::string& tensor) const {
    RunStore::Connection& connection = store_.connection();
    Query query(connection,
                "SELECT layer, tensor, lower, width, counts, below, above, minimum, maximum, mean, standard_deviation "
                "FROM histograms WHERE run = ? AND epoch = ? AND layer = ? AND tensor = ?");
    query.add(connection.row_of(run)).add(epoch.value).add(layer).add(tensor);
    if (!query.step()) return std::nullopt;
    return read_histogram(query);
}

std::vector<HistogramReport> RunReader::histograms(const RunId& run, Epoch epoch, const std::string& tensor) const {
    RunStore::Connection& connection = store_.connection();
    Query query(connection,
                "SELECT h.layer, h.tensor, h.lower, h.width, h.counts, h.below, h.above, h.minimum, h.maximum, h.mean, "
                "h.standard_deviation FROM histograms AS h LEFT JOIN layers AS l ON l.run = h.run AND l.name = h.layer "
                "WHERE h.run = ?1 AND h.epoch = ?2 AND (?3 = '' OR h.tensor = ?3) ORDER BY l.depth, h.layer, h.tensor");
    query.add(connection.row_of(run)).add(epoch.value).add(tensor);
    std::vector<HistogramReport> histograms;
    while (query.step()) histograms.push_back(read_histogram(query));
    return histograms;
}

std::vector<Epoch> RunReader::histogram_epochs(const RunId& run) const {
    std::vector<Epoch> result;
    for (const EpochRecord& epoch : epochs(run)) {
        if (epoch.has_histograms) result.push_back(epoch.epoch);
    }
    return result;
}

std::vector<ArtifactRecord> RunReader::artifacts(const RunId& run) const {
    RunStore::Connection& connection = store_.connection();
    Query query(
        connection,
        "SELECT path, role, is_checkpoint, size_bytes, hash, epoch, step, stage, top1, created_at FROM artifacts "
        "WHERE run = ? ORDER BY created_at DESC, path, role");
    query.add(connection.row_of(run));
    std::vector<ArtifactRecord> artifacts;
    while (query.step()) artifacts.push_back(read_artifact(query, connection.folder_of(run)));
    return artifacts;
}

std::optional<ArtifactRecord> RunReader::checkpoint(const RunId& run, const std::string& role) const {
    RunStore::Connection& connection = store_.connection();
    Query query(
        connection,
        "SELECT path, role, is_checkpoint, size_bytes, hash, epoch, step, stage, top1, created_at FROM artifacts "
        "WHERE run = ? AND role = ? AND is_checkpoint ORDER BY step DESC, created_at DESC LIMIT 1");
    query.add(connection.row_of(run)).add(role);
    if (!query.step()) return std::nullopt;
    return read_artifact(query, connection.folder_of(run));
}

std::vector<EvaluationRecord> RunReader::evaluations(const RunId& run) const {
    RunStore::Connection& connection = store_.connection();
    Query query(
        connection,
        "SELECT checkpoint, mode, split, images, top1, top5, loss, integer_modes_agree, images_per_second, details, "
        "created_at FROM evaluations WHERE run = ? ORDER BY created_at DESC, mode");
    query.add(connection.row_of(run));
    std::vector<EvaluationRecord> evaluations;
    while (query.step()) {
        EvaluationRecord& evaluation = evaluations.emplace_back();
        evaluation.checkpoint = query.text();
        evaluation.mode = query.text();
        evaluation.split = query.text();
        evaluation.images = query.integer();
        evaluation.top1 = query.real();
        evaluation.top5 = query.real();
        evaluation.loss = query.optional_real();
        if (const auto agree = query.optional_integer()) evaluation.integer_modes_agree = *agree != 0;
        evaluation.images_per_second = query.optional_real();
        evaluation.details = query.text();
        evaluation.created_at = query.real();
    }
    return evaluations;
}

std::vector<EventRecord> RunReader::events_after(int64_t event_id, const std::optional<RunId>& run, int limit) const {
    RunStore::Connection& connection = store_.connection();
    Query query(connection,
                run ? "SELECT e.id, r.id, e.attempt, e.time, e.level, e.kind, e.message, e.step, e.epoch FROM events "
                      "AS e JOIN runs AS r USING (run) WHERE e.id > ? AND e.run = ? ORDER BY e.id LIMIT ?"
                    : "SELECT e.id, r.id, e.attempt, e.time, e.level, e.kind, e.message, e.step, e.epoch FROM events "
                      "AS e JOIN runs AS r USING (run) WHERE e.id > ? ORDER BY e.id LIMIT ?");
    query.add(event_id);
    if (run) query.add(connection.row_of(*run));
    query.add(limit);
    std::vector<EventRecord> events;
    while (query.step()) events.push_back(read_event(query));
    return events;
}

std::vector<EventRecord> RunReader::last_events(const std::optional<RunId>& run, int limit) const {
    RunStore::Connection& connection = store_.connection();
    Query query(connection,
                run ? "SELECT e.id, r.id, e.attempt, e.time, e.level, e.kind, e.message, e.step, e.epoch FROM events "
                      "AS e JOIN runs AS r USING (run) WHERE e.run = ? ORDER BY e.id DESC LIMIT ?"
                    : "SELECT e.id, r.id, e.attempt, e.time, e.level, e.kind, e.message, e.step, e.epoch FROM events "
                      "AS e JOIN runs AS r USING (run) ORDER BY e.id DESC LIMIT ?");
    if (run) query.add(connection.row_of(*run));
    query.add(limit);
    std::vector<EventRecord> events;
    while (query.step()) events.push_back(read_event(query));
    std::reverse(events.begin(), events.end());
    return events;
}

}  // namespace f8net
