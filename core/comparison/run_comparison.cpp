// SPDX-License-Identifier: Apache-2.0
#include "core/comparison/run_comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/analysis/predictions.h"
#include "core/base/error.h"
#include "core/store/run_reader.h"

namespace f8net {

namespace {

/// From what a chip computes to what only a float does: the first that both runs have is compared.
constexpr std::array<const char*, 5> kModes{"integer-only", "simulated-integer", "fake-quant", "float",
                                            "float-unclipped"};

std::optional<double> newest_top1(const std::vector<EvaluationRecord>& evaluations, const std::string& mode) {
    for (const EvaluationRecord& evaluation : evaluations) {
        if (evaluation.mode == mode && evaluation.split == "test") return evaluation.top1;
    }
    return std::nullopt;
}

std::optional<Predictions> predictions_of(const RunReader& reader, const RunId& run) {
    for (const ArtifactRecord& artifact : reader.artifacts(run)) {
        if (artifact.role != "predictions") continue;
        try {
            return read_predictions(artifact.path);
        } catch (const Error&) {  // the folder may be on another machine
            return std::nullopt;
        }
    }
    return std::nullopt;
}

struct Results {
    std::optional<double> best_top1;  ///< seen while training
    std::vector<EvaluationRecord> evaluations;
    std::optional<Predictions> predictions;
};

double share_right(const Predictions& predictions, const std::string& mode) {
    const ModePredictions& answers = predictions.modes.at(mode);
    int64_t right = 0;
    for (int64_t i = 0; i < predictions.images(); ++i) right += predictions.is_right(answers, i);
    return static_cast<double>(right) / static_cast<double>(predictions.images());
}

std::optional<ComparedAccuracy> compare_accuracy(const Results& first, const Results& other) {
    for (const char* mode : kModes) {
        const auto a = newest_top1(first.evaluations, mode), b = newest_top1(other.evaluations, mode);
        if (!a || !b) continue;
        ComparedAccuracy accuracy{mode, *a, *b, 0, {}};
        if (first.predictions && other.predictions) {
            const PairedCounts counts = count_pairs(*first.predictions, *other.predictions, mode);
            accuracy.images = counts.images;
            if (counts.images > 0) {
                // A later look at a few images would give accuracies that the difference does not follow from.
                accuracy.first = share_right(*first.predictions, mode);
                accuracy.other = share_right(*other.predictions, mode);
                accuracy.paired = paired_difference(counts.images, counts.gained, counts.lost);
            }
        }
        return accuracy;
    }
    if (!first.best_top1 || !other.best_top1) return std::nullopt;
    return ComparedAccuracy{"best while training", *first.best_top1, *other.best_top1, 0, {}};
}

std::vector<ComparedMetric> metrics_of(const std::vector<RunRecord>& runs) {
    using Unit = ComparedMetric::Unit;
    std::vector<ComparedMetric> metrics;
    const auto add = [&](const char* name, Unit unit, bool higher, auto value) {
        ComparedMetric metric{name, unit, higher, {}};
        for (const RunRecord& run : runs) metric.values.push_back(value(run));
        metrics.push_back(std::move(metric));
    };
    add("integer-only top-1", Unit::kShare, true, [](const RunRecord& run) { return run.integer_top1; });
    add("fake-quant top-1", Unit::kShare, true, [](const RunRecord& run) { return run.fixed_top1; });
    add("float top-1", Unit::kShare, true, [](const RunRecord& run) { return run.float_top1; });
    add("best top-1", Unit::kShare, true, [](const RunRecord& run) { return run.best_top1; });
    add("last top-1", Unit::kShare, true, [](const RunRecord& run) { return run.last_top1; });
    add("training loss", Unit::kLoss, false, [](const RunRecord& run) { return run.last_loss; });
    add("epochs", Unit::kCount, true,
        [](const RunRecord& run) { return std::optional<double>(static_cast<double>(run.epoch.value)); });
    add("duration", Unit::kSeconds, false,
        [](const RunRecord& run) { return std::optional<double>(run.duration_seconds); });
    return metrics;
}

std::vector<ComparedOption> options_of(const std::vector<RunRecord>& runs) {
    std::set<std::string> keys;
    for (const RunRecord& run : runs) {
        for (const auto& [key, value] : run.config_values) keys.insert(key);
    }
    std::vector<ComparedOption> options;
    for (const std::string& key : keys) {
        ComparedOption option{key, {}, false};
        for (const RunRecord& run : runs) {
            const auto found = run.config_values.find(key);
            option.values.push_back(found == run.config_values.end() ? std::nullopt : std::optional(found->second));
            option.differs = option.differs || option.values.back() != option.values.front();
        }
        options.push_back(std::move(option));
    }
    return options;
}

std::vector<ComparedLayer> layers_of(const RunReader& reader, const std::vector<RunId>& runs) {
    std::vector<ComparedLayer> layers;
    for (size_t i = 0; i < runs.size(); ++i) {
        for (LayerFormatReport& report : reader.formats(runs[i])) {
            auto found = std::find_if(layers.begin(), layers.end(),
                                      [&](const ComparedLayer& layer) { return layer.name == report.layer; });
            if (found == layers.end()) {
                layers.push_back({report.layer, std::vector<std::optional<LayerFormatReport>>(runs.size())});
                found = std::prev(layers.end());
            }
            found->reports[i] = std::move(report);
        }
    }
    return layers;
}

}  // namespace

bool ComparedLayer::has_other_formats(size_t run) const {
    const auto &a = reports.front(), &b = reports[run];
    return a && b && !(a->input_format == b->input_format && a->weight_format == b->weight_format);
}

std::optional<double> ComparedLayer::sqnr_gap(size_t run) const {
    const auto &a = reports.front(), &b = reports[run];
    if (!a || !b || !std::isfinite(a->input_sqnr_db) || !std::isfinite(b->input_sqnr_db)) return std::nullopt;
    return b->input_sqnr_db - a->input_sqnr_db;
}

std::vector<std::string> RunComparison::differing_options(size_t run) const {
    std::vector<std::string> keys;
    for (const ComparedOption& option : options) {
        if (option.values[run] != option.values.front()) keys.push_back(option.key);
    }
    return keys;
}

int RunComparison::layers_with_other_formats(size_t run) const {
    return static_cast<int>(std::count_if(layers.begin(), layers.end(),
                                          [run](const ComparedLayer& layer) { return layer.has_other_formats(run); }));
}

const ComparedLayer* RunComparison::largest_gap(size_t run) const {
    const ComparedLayer* largest = nullptr;
    for (const ComparedLayer& layer : layers) {
        const auto gap = layer.sqnr_gap(run);
        if (gap && *gap != 0 && (!largest || std::abs(*gap) > std::abs(*largest->sqnr_gap(run)))) largest = &layer;
    }
    return largest;
}

RunComparison compare_runs(const RunReader& reader, const std::vector<RunId>& runs) {
    RunComparison comparison;
    std::vector<Results> results;
    for (const RunId& run : runs) {
        comparison.runs.push_back(reader.run(run));
        results.push_back({comparison.runs.back().best_top1, reader.evaluations(run), predictions_of(reader, run)});
    }
    comparison.metrics = metrics_of(comparison.runs);
    comparison.options = options_of(comparison.runs);
    comparison.layers = layers_of(reader, runs);
    comparison.accuracies.resize(runs.size());
    for (size_t i = 1; i < runs.size(); ++i) comparison.accuracies[i] = compare_accuracy(results.front(), results[i]);
    return comparison;
}

}  // namespace f8net
