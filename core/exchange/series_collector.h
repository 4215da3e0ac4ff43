// SPDX-License-Identifier: Apache-2.0
/// Runs of which only curves are known: points as a file has them, in any order, handed to a sink in parts, and a
/// description of each run made of them.
/// Errors   DataError where there are more runs or metrics than any program writes.   Threads  those of the sink.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/work.h"
#include "core/store/run_sink.h"

namespace f8net {

class SeriesCollector {
public:
    /// `written_at` stands in for times that the file does not have.
    SeriesCollector(std::string path, double written_at, RunSink& sink, const Work& work);

    /// `point.wall_time` NaN: not known.
    void add(const std::string& run, const std::string& metric, MetricPoint point);
    /// The rest of the points, and the runs' descriptions.   DataError where there was no point at all.
    void finish();

private:
    struct CollectedRun {
        RunSink::Run number = 0;
        std::string name;
        int64_t last_step = 0;
        int last_epoch = 0;
        double begin = 0, end = 0;
    };
    struct Series {
        size_t run = 0;
        std::string metric;
        std::vector<MetricPoint> points;  // not handed on yet
    };
    size_t run_of(const std::string& name);
    size_t series_of(const std::string& run, const std::string& metric);
    void hand_on();

    std::string path_;
    double written_at_;
    RunSink& sink_;
    const Work& work_;
    std::vector<CollectedRun> runs_;
    std::vector<Series> series_;
    std::map<std::string, size_t> run_numbers_;
    std::map<std::pair<size_t, std::string>, size_t> series_numbers_;
    size_t waiting_ = 0;  // points
};

}  // namespace f8net
