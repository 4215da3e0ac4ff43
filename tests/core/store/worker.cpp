// SPDX-License-Identifier: Apache-2.0
// Trains nothing, reports like a trainer: for tests that need another process.
//   core_store_worker train STORE RUN STEPS SLEEP_US   resumes from the last checkpoint, a checkpoint every 10 steps;
//   prints "ready" core_store_worker create STORE COUNT               creates COUNT runs with a tag each
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"

namespace {

using namespace f8net;

int train(const std::string& store_path, const RunId& run, int64_t steps, int sleep_us) {
    StopToken token;
    RunWriterOptions options;
    options.request_interval_ms = 50;
    RunWriter writer(store_path, run, &token, options);
    Step start;
    if (writer.attempt() > 1) {
        const RunStore store(store_path, RunStore::Mode::kReadOnly);
        if (const auto last = RunReader(store).checkpoint(run, "last")) start = last->step;
        writer.resume_from(start, Epoch{static_cast<int>(start.value / 10)});
    }
    writer.on_stage_start("float", {}, Step{steps}, Epoch{static_cast<int>(steps / 10)});
    std::puts("ready");
    std::fflush(stdout);
    for (int64_t step = start.value + 1; step <= steps; ++step) {
        StepReport report;
        report.step = Step{step};
        report.epoch = Epoch{static_cast<int>((step - 1) / 10) + 1};
        report.metrics = {{"train/loss", 1.0 / static_cast<double>(step)}, {"train/learning_rate", 0.1}};
        writer.on_step(report);
        if (step % 10 == 0) {
            EpochReport epoch;
            epoch.epoch = report.epoch;
            epoch.step = report.step;
            epoch.stage = "float";
            epoch.metrics = {{"test/top1", 0.5}};
            writer.on_epoch(epoch);
            CheckpointReport checkpoint;
            checkpoint.path = writer.folder() + "/" + std::to_string(step) + ".safetensors";
            checkpoint.role = "last";
            checkpoint.epoch = report.epoch;
            checkpoint.step = report.step;
            writer.on_checkpoint(checkpoint);
        }
        if (token.stop_requested()) {
            writer.finish(RunState::kStopped, 75, "stopped on request");
            return 75;
        }
        if (sleep_us > 0) usleep(static_cast<useconds_t>(sleep_us));
    }
    writer.finish(RunState::kFinished, 0);
    return 0;
}

int create(const std::string& store_path, int count) {
    RunStore store(store_path, RunStore::Mode::kReadWrite);
    for (int i = 0; i < count; ++i) {
        NewRun run;
        run.name = std::to_string(getpid()) + "-" + std::to_string(i);
        store.add_tag(store.create_run(run), "tagged");
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string command = argc > 1 ? argv[1] : "";
        if (command == "train" && argc == 6)
            return train(argv[2], RunId(argv[3]), std::atoll(argv[4]), std::atoi(argv[5]));
        if (command == "create" && argc == 4) return create(argv[2], std::atoi(argv[3]));
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return static_cast<int>(error.exit_code());
    }
    return 2;
}
