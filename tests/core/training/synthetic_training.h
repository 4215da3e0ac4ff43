// SPDX-License-Identifier: Apache-2.0
/// Whole trainings of the synthetic experiment in a folder of their own, and what they say of their steps.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/config/experiment_document.h"
#include "core/training/trainer.h"
#include "tests/core/training/synthetic_images.h"

namespace f8net::testing_support {

/// The loss of each step and what is said of graphs ("info: ..."); asks for a stop after a given step.
class LossRecorder : public RunObserver {
public:
    explicit LossRecorder(StopToken* stop = nullptr, int64_t stop_after = -1) : stop_(stop), stop_after_(stop_after) {}
    void on_step(const StepReport& report) override {
        for (const MetricValue& metric : report.metrics) {
            if (metric.name == "train/loss") losses[report.step.value] = metric.value;
        }
        if (report.step.value == stop_after_) stop_->request_stop();
    }
    void on_event(const EventReport& report) override {
        if (report.kind == "graph") graph_events.push_back(to_string(report.level) + ": " + report.message);
    }
    std::map<int64_t, double> losses;
    std::vector<std::string> graph_events;

private:
    StopToken* stop_;
    int64_t stop_after_;
};

/// Images, and runs beside them; all gone with the object.
class SyntheticTraining {
public:
    /// name: of the folder, beside this process's number.
    explicit SyntheticTraining(const std::string& name)
        : folder_(std::filesystem::temp_directory_path() / ("f8net-" + name + "-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(folder_);
        write_synthetic_images(folder_ / "data", 200, 40, 3);
    }
    ~SyntheticTraining() { std::filesystem::remove_all(folder_); }
    SyntheticTraining(const SyntheticTraining&) = delete;
    SyntheticTraining& operator=(const SyntheticTraining&) = delete;

    TrainRequest request(const std::string& run, const std::vector<Setting>& settings = {}) const {
        TrainRequest made;
        made.stages = parse_experiment(synthetic_experiment(folder_ / "data"), "synthetic.yaml", settings)
                          .experiment.resolved_stages();
        made.folder = (folder_ / run).string();
        return made;
    }
    const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

}  // namespace f8net::testing_support
