// SPDX-License-Identifier: Apache-2.0
/// Takes runs as the store would, and asserts what every reader promises of them.
#pragma once

#include <cmath>
#include <cstdlib>

#include "core/store/run_sink.h"

namespace f8net {

class CheckingSink final : public RunSink {
public:
    Run new_run() override { return runs_++; }
    void describe(Run run, const RunRecord& record) override {
        need(run < runs_ && !record.name.empty());
        need(record.id.empty() || record.id.text().size() == 12);
        need(record.created_at >= 0 && std::isfinite(record.created_at) && std::isfinite(record.duration_seconds));
    }
    void add_attempt(Run run, const AttemptRecord& attempt) override { need(run < runs_ && attempt.attempt > 0); }
    void add_layer(Run run, const LayerDescription& layer) override { need(run < runs_ && layer.depth >= 0); }
    void add_points(Run run, const std::string& metric, const std::vector<MetricPoint>& points) override {
        need(run < runs_ && !metric.empty() && !points.empty());
        for (const MetricPoint& point : points) {
            need(point.step >= 0 && point.epoch >= 0 && point.wall_time >= 0 && std::isfinite(point.wall_time));
            need(point.epoch_share >= 0 && point.epoch_share <= 1);
        }
    }
    void add_epoch(Run run, const EpochReport& epoch, double time) override {
        need(run < runs_ && epoch.epoch.value >= 0 && time >= 0);
        for (const LayerFormatReport& format : epoch.formats)
            need(format.input_format.word_length >= 2 && format.weight_format.word_length <= 32);
        for (const HistogramReport& histogram : epoch.histograms)
            for (const int64_t count : histogram.counts) need(count >= 0);
    }
    void add_artifact(Run run, const ArtifactRecord& artifact) override {
        need(run < runs_ && artifact.path.find("/../") == std::string::npos && !artifact.path.starts_with("../"));
    }
    void add_evaluation(Run run, const EvaluationRecord& evaluation) override {
        need(run < runs_ && std::isfinite(evaluation.top1));
    }
    void add_event(Run run, const EventRecord& event) override { need(run < runs_ && event.attempt >= 0); }

private:
    static void need(bool holds) {
        if (!holds) std::abort();
    }
    size_t runs_ = 0;
};

}  // namespace f8net
