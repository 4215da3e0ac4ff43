// SPDX-License-Identifier: Apache-2.0
#include "app/cli/console_observer.h"

#include <fmt/format.h>

#include "app/cli/text_table.h"

namespace f8net {

namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
constexpr auto kLogInterval = std::chrono::seconds(15);

}  // namespace

void ConsoleObserver::on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers,
                                     Step total_steps, Epoch total_epochs) {
    stage_ = stage;
    total_steps_ = total_steps;
    total_epochs_ = total_epochs;
    int64_t parameters = 0, macs = 0;
    for (const LayerDescription& layer : layers) {
        parameters += layer.parameters;
        macs += layer.macs;
    }
    console_.note(fmt::format("stage {}: {} layers, {} parameters, {:.1f} million multiplications an image", stage,
                              layers.size(), parameters, static_cast<double>(macs) / 1e6));
}

std::string ConsoleObserver::progress_line(const StepReport& report, Clock::time_point now) {
    for (const MetricValue& metric : report.metrics) latest_[metric.name] = metric.value;
    std::string line = fmt::format("epoch {}/{}  step {}/{}", report.epoch.value, total_epochs_.value,
                                   report.step.value, total_steps_.value);
    const auto add = [&](const char* name, const auto& format) {
        if (const auto found = latest_.find(name); found != latest_.end()) line += "  " + format(found->second);
    };
    add("train/loss", [](double v) { return fmt::format("loss {:.4f}", v); });
    add("train/top1", [](double v) { return "accuracy " + format_percent(v, 1); });
    add("train/images_per_second", [](double v) { return fmt::format("{:.0f} images/s", v); });
    if (!has_first_step_) {
        has_first_step_ = true;
        first_step_ = report.step;
        first_time_ = now;
    } else if (report.step.value > first_step_.value && total_steps_.value > 0) {
        const double seconds = std::chrono::duration<double>(now - first_time_).count();
        const auto done = static_cast<double>(report.step.value - first_step_.value);
        line +=
            "  ETA " + format_duration(seconds / done * static_cast<double>(total_steps_.value - report.step.value));
    }
    return line;
}

void ConsoleObserver::on_step(const StepReport& report) {
    if (console_.is_quiet()) return;
    const auto now = Clock::now();
    const bool first = !has_first_step_;
    const std::string line = progress_line(report, now);
    if (console_.is_terminal()) {
        if (first || now - last_line_ >= kTerminalInterval) {
            last_line_ = now;
            console_.transient(line);
        }
    } else if (first || now - last_line_ >= kLogInterval) {
        last_line_ = now;
        console_.note(line);
    }
}

void ConsoleObserver::on_epoch(const EpochReport& report) {
    for (const MetricValue& metric : report.metrics) latest_[metric.name] = metric.value;
    std::string line = fmt::format("epoch {}/{} done ({}, step {})", report.epoch.value, total_epochs_.value,
                                   report.stage, report.step.value);
    for (const MetricValue& metric : report.metrics) {
        if (metric.name.ends_with("/loss")) line += fmt::format("  {} {:.4f}", metric.name, metric.value);
        if (metric.name.ends_with("/top1")) line += "  " + metric.name + " " + format_percent(metric.value);
    }
    console_.note(line);
}

void ConsoleObserver::on_event(const EventReport& report) {
    if (report.level == EventLevel::kWarning) {
        console_.warning(report.message);
    } else if (report.level == EventLevel::kError) {
        console_.error(report.message);
    } else {
        console_.detail(report.message);
    }
}

}  // namespace f8net
