// SPDX-License-Identifier: Apache-2.0
#include "core/training/run_reports.h"

#include <fstream>

namespace f8net {

namespace {

using Clock = std::chrono::steady_clock;

/// Resident memory of this process; 0 where that cannot be told.
int64_t resident_megabytes() {
    int64_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * 4096 / 1'000'000;
}

}  // namespace

void RunReports::restart_clock() {
    last_ = Clock::now();
    images_ = 0;
}

void RunReports::step(const StepResult& result, double learning_rate, int64_t steps_per_epoch) {
    StepReport report;
    report.step = Step{position_.step};
    report.epoch = Epoch{position_.epoch + 1};
    report.epoch_share = static_cast<double>(position_.epoch_step) / static_cast<double>(steps_per_epoch);
    const double seconds = std::chrono::duration<double>(Clock::now() - last_).count();
    report.metrics = {{"train/loss", result.loss()},
                      {"train/learning_rate", learning_rate},
                      {"train/batch_top1", static_cast<double>(result.correct) / static_cast<double>(result.images)}};
    if (seconds > 0) report.metrics.push_back({"train/images_per_second", static_cast<double>(images_) / seconds});
    observer_.on_step(report);
    restart_clock();
}

void RunReports::event(EventLevel level, const std::string& kind, const std::string& message) {
    observer_.on_event({level, kind, message, Step{position_.step}, Epoch{position_.epoch}});
}

void RunReports::warn_of_memory(int64_t limit_mb) {
    if (limit_mb == 0 || has_warned_of_memory_) return;
    const int64_t used = resident_megabytes();
    if (used <= limit_mb) return;
    has_warned_of_memory_ = true;
    event(EventLevel::kWarning, "memory",
          "resident memory is " + std::to_string(used) +
              " MB, above training.memory_warn_mb = " + std::to_string(limit_mb));
}

EpochReport epoch_report(const RunPosition& position, const std::optional<EvaluationResult>& evaluation,
                         const std::string& evaluated_split) {
    EpochReport report;
    report.stage = position.stage_name;
    report.epoch = Epoch{position.epoch + 1};
    report.step = Step{position.step};
    if (position.images > 0) {
        const double images = static_cast<double>(position.images);
        report.metrics.push_back({"train/epoch_loss", position.loss_sum / images});
        report.metrics.push_back({"train/top1", static_cast<double>(position.correct) / images});
    }
    if (evaluation) {
        report.metrics.push_back({evaluated_split + "/top1", evaluation->top1});
        report.metrics.push_back({evaluated_split + "/top5", evaluation->top5});
        for (const auto& [k, share] : evaluation->topk)
            report.metrics.push_back({evaluated_split + "/top" + std::to_string(k), share});
        report.metrics.push_back({evaluated_split + "/loss", evaluation->loss});
    }
    return report;
}

}  // namespace f8net
