// SPDX-License-Identifier: Apache-2.0
/// A store in a folder of its own that goes away with the test, and reports to fill it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"

namespace f8net {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = std::filesystem::temp_directory_path() / "f8net-store-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class StoreTest : public testing::Test {
protected:
    RunStore open(RunStore::Mode mode = RunStore::Mode::kReadWrite) { return RunStore(path, mode); }
    RunId create(const std::string& name) {
        NewRun run;
        run.name = name;
        return open().create_run(run);
    }

    TemporaryFolder folder;
    const std::string path = folder / "runs.db";
};

/// Deterministic, so that a rewritten step has the same values: three scalars for each step.
inline StepReport step_report(int64_t step, int steps_per_epoch = 10) {
    StepReport report;
    report.step = Step{step};
    report.epoch = Epoch{static_cast<int>((step - 1) / steps_per_epoch) + 1};
    report.epoch_share = static_cast<double>((step - 1) % steps_per_epoch + 1) / steps_per_epoch;
    report.metrics = {{"train/loss", 1.0 / static_cast<double>(step)},
                      {"train/top1", 1 - 1.0 / static_cast<double>(step)},
                      {"train/learning_rate", 0.1}};
    return report;
}

inline EpochReport epoch_report(int epoch, int64_t step) {
    EpochReport report;
    report.epoch = Epoch{epoch};
    report.step = Step{step};
    report.stage = "fixed-point";
    report.metrics = {{"test/top1", 0.5 + 0.01 * epoch}};
    LayerFormatReport format;
    format.layer = "head.0";
    format.input_format = {8, 6, false};
    format.weight_format = {8, 4 + epoch % 3, true};
    format.input_running_fractional_length = 6.2;
    format.input_statistic = 0.25;
    format.weight_statistic = 0.125;
    format.input_unrounded = 6.3;
    format.weight_unrounded = 7.1;
    format.statistic = "std";
    format.clip_level = 2.5;
    format.clip_scale = 0.01;
    format.input_clipped_share = 0.001;
    format.input_negative_share = 0.4;
    format.input_zero_share = 0.05;
    format.weight_clipped_share = 0.002;
    format.weight_zero_share = 0.06;
    format.input_sqnr_db = 31;
    format.weight_sqnr_db = 29;
    report.formats = {format};
    HistogramReport histogram;
    histogram.layer = "head.0";
    histogram.tensor = "input";
    histogram.lower = -4;
    histogram.width = 0.125;
    histogram.counts = {1, 2, int64_t{1} << 40, epoch};
    histogram.below = 3;
    histogram.above = 4;
    histogram.minimum = -5;
    histogram.maximum = 6;
    histogram.mean = 0.5;
    histogram.standard_deviation = 1.5;
    report.histograms = {histogram};
    return report;
}

inline CheckpointReport checkpoint_report(const std::string& folder, const std::string& role, int epoch, int64_t step) {
    CheckpointReport report;
    report.path = folder + "/checkpoint-" + std::to_string(step) + ".safetensors";
    report.role = role;
    report.epoch = Epoch{epoch};
    report.step = Step{step};
    report.size_bytes = 1000 + step;
    report.hash = "00ff";
    report.top1 = 0.5 + 0.01 * epoch;
    report.stage = "fixed-point";
    return report;
}

/// Waits until the condition holds, at most `seconds`.
inline bool eventually(const std::function<bool()>& condition, double seconds = 60) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < end) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return condition();
}

/// The message of the error that `action` throws, which must be of type E.
template <typename E, typename Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const E& error) {
        return error.what();
    } catch (const std::exception& error) {
        ADD_FAILURE() << "another error: " << error.what();
        return {};
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

}  // namespace f8net
