// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>

#include "core/base/error.h"
#include "core/exchange/csv_table.h"
#include "core/exchange/run_readers.h"
#include "core/exchange/series_collector.h"

namespace f8net {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string trimmed(const std::string& text) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// As programs write numbers, "NaN", "-inf" and "Infinity" among them; empty: no number.
std::optional<double> parse_number(const std::string& text) {
    const char* begin = text.data();
    const char* const end = begin + text.size();
    if (begin != end && *begin == '+') ++begin;
    double value = 0;
    const auto [stop, problem] = std::from_chars(begin, end, value);
    if (problem == std::errc::result_out_of_range && stop == end) return std::strtod(begin, nullptr);
    if (problem != std::errc() || stop != end) return std::nullopt;
    return value;
}

/// What the columns of a table mean; kNone where there is none.
struct Columns {
    static constexpr size_t kNone = std::numeric_limits<size_t>::max();
    size_t step = kNone, epoch = kNone, time = kNone;
    // One point a row:
    size_t run = kNone, metric = kNone, value = kNone;
    // A column for each metric:
    struct Metric {
        size_t column = 0;
        std::string run, name;  ///< run empty: the file's
    };
    std::vector<Metric> metrics;
};

using Header = std::vector<std::string>;

size_t find_column(const Header& header, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        for (size_t i = 0; i < header.size(); ++i) {
            if (lower(header[i]) == name) return i;
        }
    }
    return Columns::kNone;
}

std::string listed(const Header& header) {
    std::string text;
    for (size_t i = 0; i < header.size() && i < 12; ++i)
        text += (i == 0 ? "" : ", ") + ("'" + header[i].substr(0, 60) + "'");
    return text + (header.size() > 12 ? ", ..." : "");
}

/// Weights & Biases: "RUN - METRIC", with "__MIN" and "__MAX" columns of what it drew as a band.
void add_metric_columns(const Header& header, Columns& columns) {
    for (size_t i = 0; i < header.size(); ++i) {
        const std::string& name = header[i];
        if (i == columns.step || i == columns.epoch || i == columns.time || name.empty()) continue;
        if (name.ends_with("__MIN") || name.ends_with("__MAX") || name.starts_with('_')) continue;
        const size_t dash = name.find(" - ");
        if (dash == std::string::npos) {
            columns.metrics.push_back({i, {}, name});
        } else {
            columns.metrics.push_back({i, name.substr(0, dash), name.substr(dash + 3)});
        }
    }
}

Columns read_header(const Header& header, const std::string& place) {
    std::map<std::string, size_t> seen;
    for (size_t i = 0; i < header.size(); ++i) {
        if (header[i].empty()) continue;
        const auto [first, is_new] = seen.try_emplace(header[i], i);
        if (!is_new) {
            throw DataError(place + ": column '" + header[i].substr(0, 60) + "' is there twice (" +
                            std::to_string(first->second + 1) + " and " + std::to_string(i + 1) + ")");
        }
    }
    Columns columns;
    columns.step = find_column(header, {"step", "_step", "global_step", "trainer/global_step"});
    columns.epoch = find_column(header, {"epoch"});
    columns.time = find_column(header, {"time", "wall time", "wall_time", "_timestamp", "timestamp"});
    columns.metric = find_column(header, {"metric", "tag"});
    columns.value = find_column(header, {"value"});
    if (columns.step == Columns::kNone) {
        throw DataError(place + ": a column 'step' (or '_step', 'global_step') is needed, found " + listed(header) +
                        "; a chart of Weights & Biases has it where its x axis is the step");
    }
    if (columns.metric != Columns::kNone) {
        if (columns.value == Columns::kNone)
            throw DataError(place + ": a column 'value' is needed beside 'metric', found " + listed(header));
        columns.run = find_column(header, {"run"});
    } else {
        columns.value = Columns::kNone;
        add_metric_columns(header, columns);
        if (columns.metrics.empty())
            throw DataError(place + ": no column of a metric beside the step, found " + listed(header));
    }
    return columns;
}

/// "run-NAME-tag-METRIC.csv", as TensorBoard calls what it hands out, with a column "Value".
struct FileName {
    std::string run, metric;
    explicit FileName(const std::string& path) {
        const std::string stem = std::filesystem::path(path).stem().string();
        run = stem.empty() ? "imported" : stem;
        metric = "value";
        const size_t tag = stem.rfind("-tag-");
        if (!stem.starts_with("run-") || tag == std::string::npos || tag <= 4 || tag + 5 >= stem.size()) return;
        run = stem.substr(4, tag - 4);
        metric = stem.substr(tag + 5);
    }
};

class TableReader {
public:
    TableReader(const std::string& path, const Columns& columns, const Header& header, SeriesCollector& collector)
        : name_(path), columns_(columns), header_(header), collector_(collector) {}

    void take(const std::vector<std::string>& cells, const std::string& place) {
        cells_ = &cells;
        place_ = &place;
        if (cells.size() != header_.size()) {
            throw DataError(place + ": " + std::to_string(cells.size()) + " cells, expected " +
                            std::to_string(header_.size()) + " as in the header");
        }
        MetricPoint point;
        point.step = step();
        point.wall_time = time();
        read_epoch(point);
        if (columns_.metric != Columns::kNone) {
            const std::string run = columns_.run == Columns::kNone ? name_.run : cells[columns_.run];
            const std::optional<double> value = number(columns_.value);
            point.value = value ? *value : kUnknown;
            if (cells[columns_.metric].empty() || run.empty()) fail(columns_.metric, "a name of run and metric");
            collector_.add(run, cells[columns_.metric], point);
            return;
        }
        for (const Columns::Metric& metric : columns_.metrics) {
            const std::optional<double> value = number(metric.column);
            if (!value) continue;  // not logged at this step
            point.value = *value;
            const bool is_of_file_name = columns_.metrics.size() == 1 && lower(metric.name) == "value";
            collector_.add(metric.run.empty() ? name_.run : metric.run, is_of_file_name ? name_.metric : metric.name,
                           point);
        }
    }

private:
    [[noreturn]] void fail(size_t column, const char* expected) const {
        throw DataError(*place_ + ", column '" + header_[column].substr(0, 60) + "': expected " + expected + ", got '" +
                        (*cells_)[column].substr(0, 60) + "'");
    }

    std::optional<double> number(size_t column) const {
        const std::string text = trimmed((*cells_)[column]);
        if (text.empty()) return std::nullopt;
        const std::optional<double> value = parse_number(text);
        if (!value) fail(column, "a number");
        return value;
    }

    int64_t step() const {
        constexpr double kLargest = 9'007'199'254'740'992;  // the last one that every program can count to
        const std::optional<double> value = number(columns_.step);
        if (!value || !(*value >= 0 && *value <= kLargest) || *value != std::floor(*value))
            fail(columns_.step, "a whole number from 0");
        return static_cast<int64_t>(*value);
    }

    double time() const {
        if (columns_.time == Columns::kNone) return kUnknown;
        const std::optional<double> value = number(columns_.time);
        if (!value) return kUnknown;
        constexpr double kYear10000 = 253'402'300'800;
        if (!(*value >= 0 && *value <= kYear10000)) fail(columns_.time, "seconds since 1970");
        return *value;
    }

    void read_epoch(MetricPoint& point) const {
        if (columns_.epoch == Columns::kNone) return;
        const std::optional<double> done = number(columns_.epoch);
        if (!done) return;
        if (!(*done >= 0 && *done <= std::numeric_limits<int>::max())) fail(columns_.epoch, "epochs completed");
        point.epoch = static_cast<int>(std::ceil(*done));
        point.epoch_share = point.epoch == 0 ? 0 : static_cast<float>(*done - (point.epoch - 1));
    }

    FileName name_;
    const Columns& columns_;
    const Header& header_;
    SeriesCollector& collector_;
    const std::vector<std::string>* cells_ = nullptr;
    const std::string* place_ = nullptr;
};

}  // namespace

void read_runs_csv(std::istream& stream, const std::string& path, double written_at, RunSink& sink, const Work& work) {
    CsvTable table(stream, path);
    Header header;
    if (!table.next(header)) throw DataError(path + ": empty, expected a table with a header");
    for (std::string& name : header) name = trimmed(name);
    const Columns columns = read_header(header, table.place());
    SeriesCollector collector(path, written_at, sink, work);
    TableReader reader(path, columns, header, collector);
    for (std::vector<std::string> cells; table.next(cells);) reader.take(cells, table.place());
    collector.finish();
}

}  // namespace f8net
