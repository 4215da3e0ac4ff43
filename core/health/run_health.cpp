// SPDX-License-Identifier: Apache-2.0
#include "core/health/run_health.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

#include "core/base/number_text.h"
#include "core/health/format_track.h"
#include "core/store/run_reader.h"

namespace f8net {

namespace {

constexpr const char* kLoss = "train/loss";

std::vector<double> losses_after(const RunReader& reader, const RunRecord& run, int64_t step) {
    std::vector<double> losses;
    for (const MetricPoint& point : reader.metric(run.id, kLoss, {run.attempt, step}, LossStretches::kMost).points) {
        losses.push_back(point.value);
    }
    return losses;
}

/// The newest points: the distance between logged steps is what the run's first and last one tell.
std::vector<double> newest_losses(const RunReader& reader, const RunRecord& run, int64_t begin,
                                  const MetricSummary& loss) {
    const double steps_per_point = static_cast<double>(loss.last_step.value) / static_cast<double>(loss.num_points);
    // One tenth of the stage, where that is fewer: what was learned before must not count as now.
    const auto window = static_cast<int64_t>(
        std::min(steps_per_point * LossStretches::kMost, static_cast<double>(loss.last_step.value - begin) / 10));
    return losses_after(reader, run, loss.last_step.value - std::max<int64_t>(window, 1));
}

LossStretches read_losses(const RunReader& reader, const RunRecord& run) {
    LossStretches losses;
    const std::vector<MetricSummary> metrics = reader.metrics(run.id);
    const auto loss =
        std::find_if(metrics.begin(), metrics.end(), [](const MetricSummary& m) { return m.name == kLoss; });
    if (loss == metrics.end() || loss->num_points == 0) return losses;
    int64_t stage_begin = -1;
    for (const EpochRecord& epoch : reader.epochs(run.id)) {
        if (epoch.stage != run.stage) stage_begin = epoch.step.value;
    }
    losses.first = losses_after(reader, run, -1);
    // The tenth that begins at four fifths of the stage.
    losses.before = losses_after(reader, run, stage_begin + (loss->last_step.value - stage_begin) * 8 / 10);
    losses.now = newest_losses(reader, run, stage_begin, *loss);
    // Of one length, so that neither reaches into what the others are compared with.
    for (auto* stretch : {&losses.first, &losses.before})
        if (stretch->size() > losses.now.size()) stretch->resize(losses.now.size());
    return losses;
}

void read_formats(const RunReader& reader, RunHealth& health, const RunId& run) {
    std::map<std::string, std::map<int, std::pair<int, int>>> cells;
    std::set<int> with_formats;
    for (const FormatHistoryPoint& point : reader.format_history(run)) {
        cells[point.layer][point.epoch.value] = {point.input_format.fractional_length,
                                                 point.weight_format.fractional_length};
        with_formats.insert(point.epoch.value);
    }
    health.has_formats = !with_formats.empty();
    if (!health.has_formats) return;
    const std::vector<int> epochs(with_formats.begin(), with_formats.end());
    for (const LayerFormatReport& report : reader.formats(run)) {
        std::vector<int> input, weight;
        for (const int epoch : epochs) {
            const auto cell = cells[report.layer].find(epoch);
            const bool is_there = cell != cells[report.layer].end();
            input.push_back(is_there ? cell->second.first : kNoFormat);
            weight.push_back(is_there ? cell->second.second : kNoFormat);
        }
        if (make_track(std::move(input), epochs).is_moving || make_track(std::move(weight), epochs).is_moving)
            health.moving_layers.push_back(report.layer);
        if (health.clipping_layer.empty() || report.input_clipped_share > health.clipped_share) {
            health.clipping_layer = report.layer;
            health.clipped_share = report.input_clipped_share;
        }
    }
}

}  // namespace

RunHealth read_health(const RunReader& reader, const RunId& run) {
    const RunRecord record = reader.run(run);
    RunHealth health;
    health.has_ended = record.state != RunState::kRunning && record.state != RunState::kQueued;
    health.learning = judge(read_losses(reader, record));
    read_formats(reader, health, run);
    for (const EvaluationRecord& evaluation : reader.evaluations(run)) {
        if (evaluation.integer_modes_agree)
            health.integer_modes_agree = health.integer_modes_agree.value_or(true) && *evaluation.integer_modes_agree;
    }
    return health;
}

std::string to_text(const RunHealth& health) {
    std::string text = to_text(health.learning, health.has_ended);
    if (health.learning == Learning::kNotStarted) return text;
    if (!health.has_formats) {
        text += "; no formats yet";
    } else {
        const size_t moving = health.moving_layers.size();
        text += moving == 0   ? std::string("; all formats settled")
                : moving == 1 ? fmt::format("; {} still moving", health.moving_layers.front())
                              : fmt::format("; {} layers still moving", moving);
        text += health.clipped_share > 0
                    ? fmt::format("; {} clips {}", health.clipping_layer, format_percent(health.clipped_share))
                    : std::string("; no layer clips");
    }
    if (health.integer_modes_agree) {
        text += *health.integer_modes_agree ? "; integer modes agree" : "; integer modes differ";
    } else if (health.has_formats) {
        text += "; integer modes not compared yet";
    }
    return text;
}

}  // namespace f8net
