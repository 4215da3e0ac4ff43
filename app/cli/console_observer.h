// SPDX-License-Identifier: Apache-2.0
/// Training's progress for people: one line that is rewritten on a terminal; elsewhere a line now and then and one an
/// epoch. A line has epoch, step, loss, accuracy, images/s and ETA.   Threads  as RunObserver.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "app/cli/console.h"
#include "core/run/run_observer.h"

namespace f8net {

class ConsoleObserver final : public RunObserver {
public:
    using Clock = std::chrono::steady_clock;

    explicit ConsoleObserver(Console& console) : console_(console) {}

    void on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers, Step total_steps,
                        Epoch total_epochs) override;
    void on_step(const StepReport& report) override;
    void on_epoch(const EpochReport& report) override;
    void on_event(const EventReport& report) override;

    /// The line for a step, without the terminal's control characters; for tests, `now` is the time of the step.
    std::string progress_line(const StepReport& report, Clock::time_point now);

private:
    Console& console_;
    std::string stage_;
    Step total_steps_, first_step_;
    Epoch total_epochs_;
    bool has_first_step_ = false;
    Clock::time_point first_time_, last_line_;
    std::map<std::string, double> latest_;  ///< metrics as last seen
};

}  // namespace f8net
