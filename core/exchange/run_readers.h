// SPDX-License-Identifier: Apache-2.0
/// Readers of the formats that runs come in. Each reads a stream from its beginning and hands what it finds to a sink;
/// `path` is for messages and, where the format has no name for a run, for that.
/// Memory   bounded, whatever the file claims.
/// Errors   DataError with the place (line, or byte) and what was expected; the sink has seen a part then. What the
///          sink throws. Stopped: Error with kStopped.
/// Threads  those of the sink.
#pragma once

#include <istream>
#include <set>
#include <string>
#include <string_view>

#include "core/base/work.h"
#include "core/exchange/series_collector.h"
#include "core/store/run_sink.h"

namespace f8net {

/// What export_runs() wrote, in any order of keys; keys that are not known are passed over.
void read_runs_json(std::istream& stream, const std::string& path, RunSink& sink, const Work& work = {});

/// Metrics as a table (docs/exchange.md): ours, one point a line; TensorBoard's download of one curve; a column for
/// each metric, as Weights & Biases writes it. `written_at` (seconds since 1970) stands in for times that the table
/// does not have.
void read_runs_csv(std::istream& stream, const std::string& path, double written_at, RunSink& sink,
                   const Work& work = {});

/// TensorBoard's event files: scalars. Files of one run are read one after the other, in the order of their names.
class EventReader {
public:
    EventReader(std::string run, SeriesCollector& collector) : run_(std::move(run)), collector_(collector) {}
    void read(std::istream& stream, const std::string& path);

private:
    void read_event(const std::string& bytes, const std::string& place);
    void read_value(std::string_view bytes, MetricPoint point, const std::string& place);

    std::string run_;
    SeriesCollector& collector_;
    std::set<std::string> other_tags_;  // of histograms, texts, pictures
};

}  // namespace f8net
