// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/config/configuration_entry.h"
#include "core/exchange/run_file.h"
#include "core/exchange/run_json.h"
#include "core/exchange/run_points.h"
#include "core/exchange/text_output.h"

namespace f8net {

namespace {

/// JSON has no number for what diverged: null is not a number, infinities are words.
Json number(double value) {
    if (std::isnan(value)) return nullptr;
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    return value;
}

Json head(const RunRecord& run) {
    Json json = to_json(run);
    for (const char* of_the_moment : {"eta", "progress", "pid", "folder", "trashed"}) json.erase(of_the_moment);
    const Json environment = Json::parse(run.environment, nullptr, false);
    // As it was, to the letter.
    if (!environment.is_object() || environment.dump() != run.environment)
        json["environment"] = or_null(run.environment);
    json["configuration"] = run.config;
    Json origins = Json::object();
    for (const ConfigurationEntry& entry : configuration_entries(run.config_values, run.command))
        origins[entry.key] = entry.origin;
    json["origins"] = origins;
    return json;
}

Json to_json(const AttemptRecord& attempt) {
    return {{"attempt", attempt.attempt},
            {"resumed_from", attempt.resumed_from.value},
            {"started", attempt.started_at},
            {"ended", json_time(attempt.ended_at)},
            {"host", or_null(attempt.host)}};
}

Json to_json(const LayerDescription& layer) {
    return {{"name", layer.name},
            {"kind", layer.kind},
            {"depth", layer.depth},
            {"clip_owner", or_null(layer.clip_owner)},
            {"output_shape", layer.output_shape},
            {"weight_shape", layer.weight_shape},
            {"parameters", layer.parameters},
            {"macs", layer.macs}};
}

Json to_json(const LayerFormatReport& format) {
    return {{"layer", format.layer},
            {"input_format", format.input_format.to_string()},
            {"weight_format", format.weight_format.to_string()},
            {"input_running_fractional_length", number(format.input_running_fractional_length)},
            {"statistic", format.statistic},
            {"input_statistic", number(format.input_statistic)},
            {"weight_statistic", number(format.weight_statistic)},
            {"input_unrounded", number(format.input_unrounded)},
            {"weight_unrounded", number(format.weight_unrounded)},
            {"clip_level", number(format.clip_level)},
            {"clip_scale", number(format.clip_scale)},
            {"input_clipped_share", number(format.input_clipped_share)},
            {"input_negative_share", number(format.input_negative_share)},
            {"input_zero_share", number(format.input_zero_share)},
            {"weight_clipped_share", number(format.weight_clipped_share)},
            {"weight_zero_share", number(format.weight_zero_share)},
            {"input_sqnr_db", number(format.input_sqnr_db)},
            {"weight_sqnr_db", number(format.weight_sqnr_db)}};
}

Json to_json(const HistogramReport& histogram) {
    return {{"layer", histogram.layer},
            {"tensor", histogram.tensor},
            {"lower", number(histogram.lower)},
            {"width", number(histogram.width)},
            {"counts", histogram.counts},
            {"below", histogram.below},
            {"above", histogram.above},
            {"minimum", number(histogram.minimum)},
            {"maximum", number(histogram.maximum)},
            {"mean", number(histogram.mean)},
            {"standard_deviation", number(histogram.standard_deviation)}};
}

class JsonFile final : public RunFile {
public:
    explicit JsonFile(const std::string& path) : output_(path) {
        output_.write("{\"format\": \"f8net-runs\", \"version\": 1, \"runs\": [");
    }

    void add(const RunReader& reader, const RunRecord& run, const std::string&, const Work& work,
             const std::function<void(size_t)>& wrote) override {
        output_.write(is_first_ ? "\n" : ",\n");
        is_first_ = false;
        std::string text = json_text(head(run), 1);
        text.resize(text.size() - 2);  // the object goes on: without its "\n}"
        output_.write(text);
        list("attempts", reader.attempts(run.id), [](const AttemptRecord& it) { return to_json(it); });
        list("layers", reader.layers(run.id), [](const LayerDescription& it) { return to_json(it); });
        list("evaluations", reader.evaluations(run.id), [](const EvaluationRecord& it) {
            Json json = f8net::to_json(it);
            json["details"] = it.details;
            return json;
        });
        list("artifacts", reader.artifacts(run.id), [&](ArtifactRecord it) {
            const std::string inside = run.folder + "/";
            if (it.path.starts_with(inside)) it.path.erase(0, inside.size());
            return f8net::to_json(it);
        });
        write_events(reader, run.id, work);
        write_epochs(reader, run.id, work);
        write_metrics(reader, run.id, work, wrote);
        output_.write("\n}");
    }

    void commit() override {
        output_.write("\n]}\n");
        output_.commit();
    }

private:
    /// One entry a line, so that texts of two runs can be compared line by line.
    template <typename Records, typename ToJson>
    void list(const char* key, const Records& records, ToJson to_json_of) {
        output_.print(",\n \"{}\": [", key);
        const char* before = "\n  ";
        for (const auto& record : records) {
            output_.write(before);
            output_.write(json_text(to_json_of(record), -1));
            before = ",\n  ";
        }
        output_.write("]");
    }

    void write_events(const RunReader& reader, const RunId& run, const Work& work) {
        constexpr int kPart = 1000;
        output_.write(",\n \"events\": [");
        const char* before = "\n  ";
        for (int64_t last = 0;;) {
            work.need_going_on();
            const std::vector<EventRecord> events = reader.events_after(last, run, kPart);
            for (const EventRecord& record : events) {
                const Json json = {{"time", record.time},
                                   {"attempt", record.attempt},
                                   {"level", to_string(record.event.level)},
                                   {"kind", record.event.kind},
                                   {"message", record.event.message},
                                   {"step", record.event.step.value},
                                   {"epoch", record.event.epoch.value}};
                output_.write(before);
                output_.write(json_text(json, -1));
                before = ",\n  ";
                last = record.id;
            }
            if (events.size() < kPart) break;
        }
        output_.write("]");
    }

    void write_epochs(const RunReader& reader, const RunId& run, const Work& work) {
        list("epoch_reports", reader.epochs(run), [&](const EpochRecord& epoch) {
            work.need_going_on();
            Json json = {{"epoch", epoch.epoch.value},
                         {"step", epoch.step.value},
                         {"stage", epoch.stage},
                         {"time", epoch.wall_time}};
            Json formats = Json::array(), histograms = Json::array();
            if (epoch.has_formats) {
                for (const auto& format : reader.formats(run, epoch.epoch)) formats.push_back(to_json(format));
            }
            if (epoch.has_histograms) {
                for (const auto& it : reader.histograms(run, epoch.epoch)) histograms.push_back(to_json(it));
            }
            json["formats"] = formats;
            json["histograms"] = histograms;
            return json;
        });
    }

    void write_metrics(const RunReader& reader, const RunId& run, const Work& work,
                       const std::function<void(size_t)>& wrote) {
        output_.write(",\n \"metrics\": [");
        const char* before_metric = "\n  ";
        for (const MetricSummary& metric : reader.metrics(run)) {
            output_.print(
                "{}{{\"name\": {}, \"columns\": [\"step\", \"epoch\", \"epoch_share\", \"time\", \"value\"], "
                "\"points\": [",
                before_metric, json_text(metric.name, -1));
            before_metric = ",\n  ";
            const char* before = "\n   ";
            read_points(reader, run, metric.name, work, [&](const std::vector<MetricPoint>& points) {
                for (const MetricPoint& point : points) {
                    output_.print("{}[{},{},{},{},", before, point.step, point.epoch, point.epoch_share,
                                  point.wall_time);
                    if (std::isfinite(point.value)) {
                        output_.print("{}]", point.value);
                    } else {
                        output_.print("{}]", number(point.value).dump());
                    }
                    before = ",\n   ";
                }
                wrote(points.size());
            });
            output_.write("]}");
        }
        output_.write("]");
    }

    TextOutput output_;
    bool is_first_ = true;
};

}  // namespace

std::unique_ptr<RunFile> make_json_file(const std::string& path) {
    return std::make_unique<JsonFile>(path);
}

}  // namespace f8net
