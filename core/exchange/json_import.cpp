// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/base/error.h"
#include "core/exchange/json_fields.h"
#include "core/exchange/run_readers.h"

namespace f8net {

namespace {

constexpr size_t kDeepest = 32;
constexpr size_t kMostValues = size_t{1} << 22;  // in one part that is kept in memory
constexpr size_t kMostPoints = 20'000;           // handed on at a time
constexpr int64_t kLargestStep = int64_t{1} << 53;

/// Bytes of the stream, with the line they are in.
class CountedBytes {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    CountedBytes() = default;  // the end
    CountedBytes(std::istream& stream, int64_t& line) : at_(stream.rdbuf()), line_(&line) {}
    char operator*() const { return *at_; }
    CountedBytes& operator++() {
        if (*at_ == '\n') ++*line_;
        ++at_;
        return *this;
    }
    CountedBytes operator++(int) {
        CountedBytes before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountedBytes& other) const { return at_ == other.at_; }
    bool operator!=(const CountedBytes& other) const { return !(*this == other); }

private:
    std::istreambuf_iterator<char> at_;
    int64_t* line_ = nullptr;
};

LayerDescription read_layer(const JsonFields& fields) {
    LayerDescription layer;
    layer.name = fields.text("name");
    layer.kind = fields.text("kind");
    layer.depth = static_cast<int>(fields.integer("depth", 0, 1'000'000));
    layer.clip_owner = fields.text_or_empty("clip_owner");
    const std::vector<int64_t> output = fields.integers("output_shape", 0, kLargestStep, 3);
    if (output.size() != layer.output_shape.size()) fields.fail("output_shape", "expected 3 numbers");
    std::copy(output.begin(), output.end(), layer.output_shape.begin());
    layer.weight_shape = fields.integers("weight_shape", 0, kLargestStep, 8);
    layer.parameters = fields.integer("parameters", 0, kLargestStep);
    layer.macs = fields.integer("macs", 0, kLargestStep);
    return layer;
}

LayerFormatReport read_format(const JsonFields& fields) {
    LayerFormatReport format;
    format.layer = fields.text("layer");
    format.input_format = fields.format("input_format");
    format.weight_format = fields.format("weight_format");
    format.input_running_fractional_length = fields.number("input_running_fractional_length");
    format.statistic = fields.text("statistic");
    format.input_statistic = fields.number("input_statistic");
    format.weight_statistic = fields.number("weight_statistic");
    format.input_unrounded = fields.number("input_unrounded");
    format.weight_unrounded = fields.number("weight_unrounded");
    format.clip_level = fields.number("clip_level");
    format.clip_scale = fields.number("clip_scale");
    format.input_clipped_share = fields.number("input_clipped_share");
    format.input_negative_share = fields.number("input_negative_share");
    format.input_zero_share = fields.number("input_zero_share");
    format.weight_clipped_share = fields.number("weight_clipped_share");
    format.weight_zero_share = fields.number("weight_zero_share");
    format.input_sqnr_db = fields.number("input_sqnr_db");
    format.weight_sqnr_db = fields.number("weight_sqnr_db");
    return format;
}

HistogramReport read_histogram(const JsonFields& fields) {
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    HistogramReport histogram;
    histogram.layer = fields.text("layer");
    histogram.tensor = fields.text("tensor");
    histogram.lower = fields.number("lower");
    histogram.width = fields.number("width");
    histogram.counts = fields.integers("counts", 0, kMost, 1'000'000);
    histogram.below = fields.integer("below", 0, kMost);
    histogram.above = fields.integer("above", 0, kMost);
    histogram.minimum = fields.number("minimum");
    histogram.maximum = fields.number("maximum");
    histogram.mean = fields.number("mean");
    histogram.standard_deviation = fields.number("standard_deviation");
    return histogram;
}

EpochReport read_epoch(const JsonFields& fields) {
    EpochReport epoch;
    epoch.epoch = fields.epoch("epoch");
    epoch.step = fields.step("step");
    epoch.stage = fields.text("stage");
    fields.for_each("formats", [&](const JsonFields& it) { epoch.formats.push_back(read_format(it)); });
    fields.for_each("histograms", [&](const JsonFields& it) { epoch.histograms.push_back(read_histogram(it)); });
    return epoch;
}

ArtifactRecord read_artifact(const JsonFields& fields) {
    ArtifactRecord artifact;
    artifact.path = fields.text("path");
    // Inside the run's folder means inside.
    for (size_t begin = 0; begin <= artifact.path.size();) {
        const size_t end = std::min(artifact.path.find('/', begin), artifact.path.size());
        if (artifact.path.compare(begin, end - begin, "..") == 0) fields.fail("path", "'..' leads out of the folder");
        begin = end + 1;
    }
    artifact.role = fields.text("role");
    artifact.is_checkpoint = fields.boolean("checkpoint");
    artifact.size_bytes = fields.integer("bytes", 0, kLargestStep);
    artifact.hash = fields.text_or_empty("hash");
    artifact.epoch = fields.epoch("epoch");
    artifact.step = fields.step("step");
    artifact.stage = fields.text_or_empty("stage");
    artifact.top1 = fields.optional_number("top1");
    artifact.created_at = fields.time("created");
    return artifact;
}

EvaluationRecord read_evaluation(const JsonFields& fields) {
    EvaluationRecord evaluation;
    evaluation.checkpoint = fields.text("checkpoint");
    evaluation.mode = fields.text("mode");
    evaluation.split = fields.text("split");
    evaluation.images = fields.integer("images", 0, kLargestStep);
    evaluation.top1 = fields.finite("top1");
    evaluation.top5 = fields.finite("top5");
    evaluation.loss = fields.optional_number("loss");
    if (fields.has("integer_modes_agree")) evaluation.integer_modes_agree = fields.boolean("integer_modes_agree");
    evaluation.images_per_second = fields.optional_number("images_per_second");
    evaluation.details = fields.text_or_empty("details");
    evaluation.created_at = fields.time("created");
    return evaluation;
}

EventRecord read_event(const JsonFields& fields) {
    EventRecord record;
    record.time = fields.time("time");
    record.attempt = static_cast<int>(fields.integer("attempt", 0, 1'000'000));
    const std::string level = fields.text("level");
    bool is_known = false;
    for (const EventLevel candidate : {EventLevel::kInfo, EventLevel::kWarning, EventLevel::kError}) {
        if (to_string(candidate) != level) continue;
        record.event.level = candidate;
        is_known = true;
    }
    if (!is_known) fields.fail("level", "expected info, warning or error, not '" + level + "'");
    record.event.kind = fields.text("kind");
    record.event.message = fields.text("message");
    record.event.step = fields.step("step");
    record.event.epoch = fields.epoch("epoch");
    return record;
}

AttemptRecord read_attempt(const JsonFields& fields) {
    AttemptRecord attempt;
    attempt.attempt = static_cast<int>(fields.integer("attempt", 1, 1'000'000));
    attempt.resumed_from = fields.step("resumed_from");
    attempt.started_at = fields.time("started");
    attempt.ended_at = fields.time("ended");
    attempt.host = fields.text_or_empty("host");
    return attempt;
}

RunRecord read_head(const JsonFields& fields) {
    RunRecord run;
    run.id = fields.run_id("id");
    run.name = fields.text("name");
    if (run.name.empty()) fields.fail("name", "a run's name must not be empty");
    const std::string state = fields.text("state");
    const auto known = parse_run_state(state);
    if (!known) fields.fail("state", "'" + state + "' is no state of a run");
    run.state = *known;
    run.stage = fields.text_or_empty("stage");
    run.note = fields.text_or_empty("note");
    for (const Json& tag : fields.array("tags")) {
        if (!tag.is_string() || tag.get_ref<const std::string&>().empty()) fields.fail("tags", "expected words");
        run.tags.push_back(tag.get<std::string>());
    }
    if (fields.has("parent")) run.parent = fields.run_id("parent");
    run.parent_checkpoint = fields.text_or_empty("parent_checkpoint");
    run.config = fields.text_or_empty("configuration");
    run.config_path = fields.text_or_empty("config");
    run.config_values = fields.texts("config_values");
    run.experiment = fields.text_or_empty("experiment");
    run.command = fields.text_or_empty("command");
    run.model = fields.text_or_empty("model");
    run.dataset = fields.text_or_empty("dataset");
    run.dataset_fingerprint = fields.text_or_empty("dataset_fingerprint");
    run.numeric_mode = fields.text_or_empty("mode");
    run.device = fields.text_or_empty("device");
    run.environment = fields.document("environment");
    run.owner.host = fields.text_or_empty("host");
    run.attempt = static_cast<int>(fields.integer("attempt", 0, 1'000'000));
    run.created_at = fields.time("created");
    run.started_at = fields.time("started");
    run.ended_at = fields.time("ended");
    run.duration_seconds = fields.time("duration");
    run.step = fields.step("step");
    run.total_steps = fields.step("steps");
    run.epoch = fields.epoch("epoch");
    run.total_epochs = fields.epoch("epochs");
    if (fields.has("exit_code")) run.exit_code = static_cast<int>(fields.integer("exit_code", -1000, 1000));
    run.message = fields.text_or_empty("message");
    return run;
}

MetricPoint read_point(const Json& row, const std::string& place) {
    const auto fail = [&]() {
        throw DataError(place + ": expected a point as [step, epoch, epoch_share, time, value], got " +
                        json_text(row, -1).substr(0, 80));
    };
    if (row.size() != 5) fail();
    MetricPoint point;
    const auto integer = [&](const Json& value, int64_t largest) {
        if (!value.is_number_integer() || value > largest || value < 0) fail();
        return value.get<int64_t>();
    };
    point.step = integer(row[0], kLargestStep);
    point.epoch = static_cast<int>(integer(row[1], std::numeric_limits<int>::max()));
    if (!row[2].is_number() || !row[3].is_number()) fail();
    point.epoch_share = row[2].get<float>();
    point.wall_time = row[3].get<double>();
    if (!(point.epoch_share >= 0 && point.epoch_share <= 1) || point.wall_time < 0) fail();
    const std::optional<double> value = json_number(row[4]);
    if (!value) fail();
    point.value = *value;
    return point;
}

/// What the parser tells, as parts for the sink: only the part under way is in memory.
class RunsDocument {
public:
    RunsDocument(const std::string& path, RunSink& sink, const Work& work, const int64_t& line)
        : path_(path), sink_(sink), work_(work), line_(line) {}

    /// For nlohmann's parser: false drops the value.
    bool take(int depth, Json::parse_event_t event, Json& value) {
        using Event = Json::parse_event_t;
        const auto level = static_cast<size_t>(depth);
        if (level > kDeepest) fail("nested deeper than " + std::to_string(kDeepest) + " levels");
        keys_.resize(level + 1);
        switch (event) {
            case Event::key:
                keys_[level] = value.get<std::string>();
                count_value();
                return true;
            case Event::object_start:
            case Event::array_start:
                if (level == 2 && is_in_runs()) begin_run(event == Event::object_start);
                count_value();
                return true;
            case Event::value:
                count_value();
                return take_value(level, value);
            case Event::object_end:
                return take_object(level, value);
            case Event::array_end:
                return take_array(level, value);
        }
        return true;
    }

    void need_whole(const Json& document) const {
        const auto format = document.find("format");
        if (format == document.end() || *format != "f8net-runs") {
            throw DataError(path_ + ": not runs that f8net exported (\"format\": \"f8net-runs\" is missing)");
        }
        if (!has_runs_) throw DataError(path_ + ": the key \"runs\" is missing");
    }

private:
    // Depths: 0 the document, 1 the array of runs, 2 a run, 3 its lists, 4 their entries, 5 and 6 the points.
    bool is_in_runs() const { return keys_.size() > 1 && keys_[1] == "runs"; }
    bool is_in_metrics() const { return is_in_runs() && keys_.size() > 3 && keys_[3] == "metrics"; }

    [[noreturn]] void fail(const std::string& what) const { throw DataError(place() + ": " + what); }
    std::string place() const { return path_ + ":" + std::to_string(line_); }
    void count_value() {
        if (++values_ > kMostValues) fail("more values in one part than any run has");
    }

    void begin_run(bool is_object) {
        if (!is_object) fail("expected a run, an object");
        work_.need_going_on();
        run_ = sink_.new_run();
        has_runs_ = true;
        values_ = 0;
    }

    bool take_value(size_t level, const Json& value) {
        if (level == 1 && keys_[1] == "version" && (!value.is_number_integer() || value != 1)) {
            fail("version " + json_text(value, -1) + " of the format; this program reads version 1: update it");
        }
        if (level == 5 && is_in_metrics() && keys_[5] == "name") {
            if (!value.is_string() || value.get_ref<const std::string&>().empty())
                fail("a metric's name has to be a text");
            metric_ = value.get<std::string>();
        }
        return true;
    }

    bool take_object(size_t level, const Json& value) {
        if (level == 2 && is_in_runs()) {
            sink_.describe(run_, read_head(JsonFields(value, place())));
            return false;
        }
        if (level != 4 || !is_in_runs()) return true;
        values_ = 0;
        const JsonFields fields(value, place());
        const std::string& list = keys_[3];
        if (list == "metrics") {
            hand_on_points();
            metric_.clear();
        } else if (list == "epoch_reports") {
            sink_.add_epoch(run_, read_epoch(fields), fields.time("time"));
        } else if (list == "layers") {
            sink_.add_layer(run_, read_layer(fields));
        } else if (list == "events") {
            sink_.add_event(run_, read_event(fields));
        } else if (list == "artifacts") {
            sink_.add_artifact(run_, read_artifact(fields));
        } else if (list == "evaluations") {
            sink_.add_evaluation(run_, read_evaluation(fields));
        } else if (list == "attempts") {
            sink_.add_attempt(run_, read_attempt(fields));
        } else {
            return true;
        }
        return false;
    }

    bool take_array(size_t level, const Json& value) {
        if (level == 1 && is_in_runs()) has_runs_ = true;
        if (level != 6 || !is_in_metrics() || keys_[5] != "points") return true;
        if (metric_.empty()) fail("a metric's name has to come before its points");
        points_.push_back(read_point(value, place()));
        values_ = 0;
        if (points_.size() == kMostPoints) hand_on_points();
        return false;
    }

    void hand_on_points() {
        work_.need_going_on();
        if (!points_.empty()) sink_.add_points(run_, metric_, points_);
        points_.clear();
    }

    const std::string& path_;
    RunSink& sink_;
    const Work& work_;
    const int64_t& line_;
    std::vector<std::string> keys_;  // the one under way at each depth
    RunSink::Run run_ = 0;
    std::string metric_;
    std::vector<MetricPoint> points_;
    size_t values_ = 0;
    bool has_runs_ = false;
};

}  // namespace

void read_runs_json(std::istream& stream, const std::string& path, RunSink& sink, const Work& work) {
    int64_t line = 1;
    RunsDocument document(path, sink, work, line);
    try {
        const Json rest = Json::parse(
            CountedBytes(stream, line), CountedBytes(),
            [&](int depth, Json::parse_event_t event, Json& value) { return document.take(depth, event, value); });
        document.need_whole(rest);
    } catch (const Json::exception& error) {
        // "[json.exception.parse_error.101] parse error at line 3, column 7: ..."
        const std::string words = error.what();
        const size_t end = words.find("] ");
        throw DataError(path + ":" + std::to_string(line) +
                        ": not JSON: " + (end == std::string::npos ? words : words.substr(end + 2)));
    }
}

}  // namespace f8net
