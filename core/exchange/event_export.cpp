// SPDX-License-Identifier: Apache-2.0
// Scalars, histograms and the configuration (as hyperparameters) in an event file, in a folder that carries the run's
// name: TensorBoard shows it as that run.
#include <unistd.h>
#include <charconv>
#include <cmath>
#include <protozero/pbf_writer.hpp>

#include "core/base/atomic_folder.h"
#include "core/base/error.h"
#include "core/exchange/event_fields.h"
#include "core/exchange/record_file.h"
#include "core/exchange/run_file.h"
#include "core/exchange/run_points.h"
#include "core/exchange/text_output.h"

namespace f8net {

namespace {

using namespace event_fields;
using protozero::pbf_writer;

/// TensorBoard's bins have an upper edge each and begin where the one before ends.
void add_histogram(pbf_writer& to, const HistogramReport& report) {
    std::vector<double> edges, counts;
    double total = 0;
    const auto add = [&](double edge, int64_t count) {
        edges.push_back(edge);
        counts.push_back(static_cast<double>(count));
        total += static_cast<double>(count);
    };
    add(report.lower, report.below);
    for (size_t i = 0; i < report.counts.size(); ++i)
        add(report.lower + static_cast<double>(i + 1) * report.width, report.counts[i]);
    if (report.above > 0) add(std::max(report.maximum, edges.back() + report.width), report.above);
    const double mean_square = report.standard_deviation * report.standard_deviation + report.mean * report.mean;
    to.add_double(histogram::kMinimum, report.minimum);
    to.add_double(histogram::kMaximum, report.maximum);
    to.add_double(histogram::kCount, total);
    to.add_double(histogram::kSum, report.mean * total);
    to.add_double(histogram::kSumOfSquares, mean_square * total);
    to.add_packed_double(histogram::kUpperEdges, edges.begin(), edges.end());
    to.add_packed_double(histogram::kCounts, counts.begin(), counts.end());
}

/// A number, a truth value, or the text.
void add_parameter(pbf_writer& to, const std::string& text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    if (text == "true" || text == "false") {
        to.add_bool(any::kBoolean, text == "true");
    } else if (problem == std::errc() && stop == end && !text.empty()) {
        to.add_double(any::kNumber, number);
    } else {
        to.add_string(any::kText, text);
    }
}

class EventFolder final : public RunFile {
public:
    explicit EventFolder(const std::string& path) : folder_(path) {}

    void add(const RunReader& reader, const RunRecord& run, const std::string&, const Work& work,
             const std::function<void(size_t)>& wrote) override {
        // As TensorFlow calls them; "tfevents" is what TensorBoard looks for.
        output_ = std::make_unique<TextOutput>(
            folder_.file(fmt::format("events.out.tfevents.{:.0f}.{}", run.created_at, run.id.text())));
        begin(run.created_at, 0);
        pbf_writer(event_).add_string(event::kFileVersion, "brain.Event:2");
        end();
        add_parameters(run);
        for (const MetricSummary& metric : reader.metrics(run.id)) {
            read_points(reader, run.id, metric.name, work, [&](const std::vector<MetricPoint>& points) {
                for (const MetricPoint& point : points)
                    add_scalar(metric.name, point.wall_time, point.step, point.value);
                wrote(points.size());
            });
        }
        add_epochs(reader, run.id, work);
    }

    void commit() override {
        output_->commit();
        folder_.commit();
    }

private:
    void begin(double time, int64_t step) {
        event_.clear();
        pbf_writer writer(event_);
        writer.add_double(event::kWallTime, time);
        writer.add_int64(event::kStep, step);
    }
    void end() {
        record_.clear();
        append_record(record_, event_);
        output_->write(record_);
    }

    template <typename AddValue>
    void add_value(double time, int64_t step, const std::string& tag, AddValue add_value_of) {
        begin(time, step);
        {
            pbf_writer writer(event_);
            pbf_writer summary(writer, event::kSummary);
            pbf_writer value(summary, summary::kValue);
            value.add_string(value::kTag, tag);
            add_value_of(value);
        }
        end();
    }

    void add_scalar(const std::string& tag, double time, int64_t step, double number) {
        add_value(time, step, tag,
                  [&](pbf_writer& value) { value.add_float(value::kSimpleValue, static_cast<float>(number)); });
    }

    /// What its dashboard of hyperparameters compares runs by.
    void add_parameters(const RunRecord& run) {
        if (run.config_values.empty()) return;
        std::string content;
        {
            pbf_writer data(content);
            pbf_writer start(data, hparams::kSessionStart);
            for (const auto& [key, text] : run.config_values) {
                pbf_writer parameter(start, session_start::kParameters);
                parameter.add_string(entry::kKey, key);
                pbf_writer value(parameter, entry::kValue);
                add_parameter(value, text);
            }
            start.add_double(session_start::kStartTime, run.started_at);
        }
        add_value(run.created_at, 0, "_hparams_/session_start_info", [&](pbf_writer& value) {
            pbf_writer metadata(value, value::kMetadata);
            pbf_writer plugin(metadata, metadata::kPlugin);
            plugin.add_string(plugin::kName, "hparams");
            plugin.add_bytes(plugin::kContent, content);
        });
    }

    void add_epochs(const RunReader& reader, const RunId& run, const Work& work) {
        for (const EpochRecord& epoch : reader.epochs(run)) {
            work.need_going_on();
            const double time = epoch.wall_time;
            const int64_t step = epoch.step.value;
            if (epoch.has_formats) {
                for (const LayerFormatReport& format : reader.formats(run, epoch.epoch)) {
                    add_scalar("input_fractional_length/" + format.layer, time, step,
                               format.input_format.fractional_length);
                    add_scalar("weight_fractional_length/" + format.layer, time, step,
                               format.weight_format.fractional_length);
                }
            }
            if (!epoch.has_histograms) continue;
            for (const HistogramReport& report : reader.histograms(run, epoch.epoch)) {
                add_value(time, step, report.tensor + "/" + report.layer, [&](pbf_writer& value) {
                    pbf_writer histogram(value, value::kHistogram);
                    add_histogram(histogram, report);
                });
            }
        }
    }

    AtomicFolder folder_;
    std::unique_ptr<TextOutput> output_;
    std::string event_, record_;
};

}  // namespace

std::unique_ptr<RunFile> make_event_folder(const std::string& path) {
    return std::make_unique<EventFolder>(path);
}

}  // namespace f8net
