// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "core/report/report.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {
namespace {

constexpr std::array<const char*, 7> kCurves{"train/loss",      "validation/loss", "test/loss",          "train/top1",
                                             "validation/top1", "test/top1",       "train/learning_rate"};

ReportCurve read_curve(const RunReader& reader, const RunId& run, const std::string& metric) {
    constexpr int kPart = 20'000;
    ReportCurve curve;
    curve.metric = metric;
    MetricCursor cursor;
    while (true) {
        const MetricDelta delta = reader.metric(run, metric, cursor, kPart);
        for (const MetricPoint& point : delta.points) {
            curve.epochs.push_back(point.epoch - 1 + static_cast<double>(point.epoch_share));
            curve.values.push_back(point.value);
        }
        if (delta.points.size() < kPart) return curve;
        cursor = delta.next;
    }
}

/// The newest of each mode and split, in the order from float to integers.
std::vector<EvaluationRecord> newest(const std::vector<EvaluationRecord>& evaluations) {
    constexpr std::array<const char*, 6> kModes{"float",         "float-unclipped", "fake-quant", "simulated-integer",
                                                "integer-float", "integer-only"};
    std::vector<EvaluationRecord> kept;
    for (const char* mode : kModes) {
        // Of several checkpoints and splits the one on most images, then the newest.
        const EvaluationRecord* best = nullptr;
        for (const EvaluationRecord& each : evaluations) {
            if (each.mode == mode && (best == nullptr || each.images > best->images)) best = &each;
        }
        if (best != nullptr) kept.push_back(*best);
    }
    return kept;
}

}  // namespace

void read_run(const RunStore& store, const RunId& run, Report& report) {
    const RunReader reader(store);
    report.run = reader.run(run);
    report.title = report.run->name;
    report.attempts = reader.attempts(run);
    report.evaluations = newest(reader.evaluations(run));
    report.epochs = reader.epochs(run);
    const std::vector<MetricSummary> metrics = reader.metrics(run);
    for (const char* name : kCurves) {
        const auto is_there = [&](const MetricSummary& metric) { return metric.name == name && metric.num_points > 0; };
        if (std::any_of(metrics.begin(), metrics.end(), is_there))
            report.curves.push_back(read_curve(reader, run, name));
    }
    report.formats = reader.formats(run);
    for (const EpochRecord& epoch : report.epochs) {
        if (epoch.has_formats) report.formats_epoch = epoch.epoch;
    }
    const std::vector<Epoch> epochs = reader.histogram_epochs(run);
    if (!epochs.empty()) {
        report.histograms_epoch = *std::max_element(epochs.begin(), epochs.end());
        for (const char* tensor : {"input", "effective_weight"}) {
            for (HistogramReport& histogram : reader.histograms(run, report.histograms_epoch, tensor))
                report.histograms.push_back(std::move(histogram));
        }
    }
    report.artifacts = reader.artifacts(run);
    report.configuration = configuration_entries(report.run->config_values, report.run->command);
    const auto miss = [&](bool is_missing, const char* text) {
        if (is_missing) report.missing.emplace_back(text);
    };
    miss(report.evaluations.empty(), "Accuracy per mode: the run was not evaluated (f8net evaluate RUN --mode all).");
    miss(report.curves.empty(), "Curves: nothing was recorded while it trained.");
    miss(report.formats.empty(), "Formats over the depth and their reasons: no fixed-point epoch has ended.");
    miss(report.histograms.empty(), "Histograms: none were recorded.");
}

}  // namespace f8net
