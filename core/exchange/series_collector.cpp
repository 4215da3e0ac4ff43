// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/series_collector.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace f8net {

namespace {

constexpr size_t kMostRuns = 10'000, kMostSeries = 100'000, kLongestName = 1000;
constexpr size_t kMostWaiting = 100'000;

}  // namespace

SeriesCollector::SeriesCollector(std::string path, double written_at, RunSink& sink, const Work& work)
    : path_(std::move(path)), written_at_(written_at), sink_(sink), work_(work) {}

size_t SeriesCollector::run_of(const std::string& name) {
    if (const auto known = run_numbers_.find(name); known != run_numbers_.end()) return known->second;
    if (runs_.size() == kMostRuns)
        throw DataError(path_ + ": more than " + std::to_string(kMostRuns) + " runs; is another column the run?");
    CollectedRun run;
    run.number = sink_.new_run();
    run.name = name;
    run.begin = std::numeric_limits<double>::infinity();
    runs_.push_back(std::move(run));
    return run_numbers_[name] = runs_.size() - 1;
}

size_t SeriesCollector::series_of(const std::string& run, const std::string& metric) {
    const size_t number = run_of(run);
    const auto key = std::make_pair(number, metric);
    if (const auto known = series_numbers_.find(key); known != series_numbers_.end()) return known->second;
    if (metric.empty() || run.empty() || metric.size() > kLongestName || run.size() > kLongestName)
        throw DataError(path_ + ": names of runs and metrics have 1 to " + std::to_string(kLongestName) + " bytes");
    if (series_.size() == kMostSeries)
        throw DataError(path_ + ": more than " + std::to_string(kMostSeries) + " metrics");
    series_.push_back({number, metric, {}});
    return series_numbers_[key] = series_.size() - 1;
}

void SeriesCollector::add(const std::string& run_name, const std::string& metric, MetricPoint point) {
    Series& series = series_[series_of(run_name, metric)];
    CollectedRun& run = runs_[series.run];
    if (std::isnan(point.wall_time)) point.wall_time = written_at_;
    run.last_step = std::max(run.last_step, point.step);
    run.last_epoch = std::max(run.last_epoch, point.epoch);
    run.begin = std::min(run.begin, point.wall_time);
    run.end = std::max(run.end, point.wall_time);
    series.points.push_back(point);
    if (++waiting_ >= kMostWaiting) hand_on();
}

void SeriesCollector::hand_on() {
    work_.need_going_on();
    for (Series& series : series_) {
        if (series.points.empty()) continue;
        sink_.add_points(runs_[series.run].number, series.metric, series.points);
        series.points.clear();
    }
    waiting_ = 0;
}

void SeriesCollector::finish() {
    hand_on();
    if (runs_.empty()) throw DataError(path_ + ": no values of metrics in it");
    for (const CollectedRun& run : runs_) {
        RunRecord record;
        record.name = run.name;
        record.state = RunState::kFinished;
        record.note = "imported from " + path_;
        record.created_at = record.started_at = run.begin;
        record.ended_at = run.end;
        record.duration_seconds = run.end - run.begin;
        record.step = record.total_steps = Step{run.last_step};
        record.epoch = record.total_epochs = Epoch{run.last_epoch};
        record.attempt = 1;
        sink_.describe(run.number, record);
    }
}

}  // namespace f8net
