// SPDX-License-Identifier: Apache-2.0
#include "core/health/run_health.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
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

LossStretches read_losses(const RunReader& reader, const RunRecord& run) {
    LossStretches losses;
    const std::vector<MetricSummary> metrics = reader.metrics(run.id);
    const auto loss =
        std::find_if(metrics.begin(), metrics.end(), [](const MetricSummary& m) { return m.name == kLoss; });
    if (loss == metrics.end() || loss->num_points == 0) return losses;
    int64_t begin = 0;
    for (const EpochRecord& epoch : reader.epochs(run.id)) {
        if (epoch.stage != run.stage) begin = epoch.step.value;
    }
    const int64_t end = loss->last_step.value, length = end - begin;
    const double steps_per_point = static_cast<double>(end) / static_cast<double>(loss->num_points);
    const double points = static_cast<double>(length) / steps_per_point;
    // The newest tenth of the stage, where that are enough points: what was learned before must not count as now. Of
    // a short stage up to a third, and of a still shorter one nothing is left to be compared with but the first steps.
    double window = std::min<double>(LossStretches::kMost,
                                     std::max(points / 10, std::min<double>(LossStretches::kEnough, points / 3)));
    const bool has_before = window >= LossStretches::kFewest;
    if (!has_before) window = begin == 0 ? points / 2 : points;
    const int64_t steps = std::max<int64_t>(static_cast<int64_t>(window * steps_per_point), 1);
    losses.now = losses_after(reader, run, end - steps);
    losses.first = losses_after(reader, run, -1);
    if (has_before) losses.before = losses_after(reader, run, end - std::max(length / 5, 2 * steps));
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
    health.format_epochs = static_cast<int>(with_formats.size());
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
    const LossStretches losses = read_losses(reader, record);
    health.learning = judge(losses);
    if (!losses.now.empty()) {
        health.last_loss = losses.now.back();
        health.first_loss = losses.first.empty() ? health.last_loss : losses.first.front();
    }
    health.best_top1 = record.best_top1;
    read_formats(reader, health, run);
    for (const EvaluationRecord& evaluation : reader.evaluations(run)) {
        if (evaluation.integer_modes_agree)
            health.integer_modes_agree = health.integer_modes_agree.value_or(true) && *evaluation.integer_modes_agree;
    }
    return health;
}

bool RunHealth::shows_losses() const {
    return learning == Learning::kTooEarly && std::isfinite(first_loss) && first_loss != last_loss;
}

std::string to_text(const RunHealth& health) {
    const bool has_started = health.learning != Learning::kNotStarted;
    std::string text = to_text(health.learning, health.has_ended);
    if (health.shows_losses()) {
        text = fmt::format("loss {} to {} in few points", format_number(health.first_loss),
                           format_number(health.last_loss));
    } else if (!has_started && health.has_formats()) {
        text = "no training of its own";
    }
    if (health.best_top1) text += ", top-1 " + format_percent(*health.best_top1);
    if (!has_started) return text;
    if (!health.has_formats()) {
        text += "; no formats yet";
    } else {
        const size_t moving = health.moving_layers.size();
        text += moving > 1                  ? fmt::format("; {} layers still moving", moving)
                : moving == 1               ? fmt::format("; {} still moving", health.moving_layers.front())
                : health.format_epochs == 1 ? std::string("; formats of one epoch")
                : health.formats_may_move() ? fmt::format("; no format changed in {} epochs", health.format_epochs)
                                            : std::string("; all formats settled");
        text += health.clipped_share > 0
                    ? fmt::format("; {} clips {}", health.clipping_layer, format_percent(health.clipped_share))
                    : std::string("; no layer clips");
    }
    if (health.integer_modes_agree) {
        text += *health.integer_modes_agree ? "; integer modes agree" : "; integer modes differ";
    } else if (health.has_formats()) {
        text += "; integer modes not compared yet";
    }
    return text;
}

}  // namespace f8net
