// SPDX-License-Identifier: Apache-2.0
// One rank of a training, for tests that need several processes:
//   core_training_rank_worker CONFIG FOLDER [RESUME_CHECKPOINT|-] [STOP_AFTER_STEP]
// torchrun's variables say which rank. Rank 0 prints "loss STEP VALUE", "metric NAME VALUE", "event MESSAGE".
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/training/trainer.h"

namespace {

using namespace f8net;

class Printer final : public RunObserver {
public:
    Printer(StopToken& stop, int64_t stop_after) : stop_(stop), stop_after_(stop_after) {}
    void on_step(const StepReport& report) override {
        for (const MetricValue& metric : report.metrics) {
            if (metric.name != "train/loss") continue;
            std::printf("loss %lld %.17g\n", static_cast<long long>(report.step.value), metric.value);
        }
        if (report.step.value == stop_after_) stop_.request_stop();
    }
    void on_epoch(const EpochReport& report) override {
        for (const MetricValue& metric : report.metrics)
            std::printf("metric %s %.17g\n", metric.name.c_str(), metric.value);
    }
    void on_event(const EventReport& report) override { std::printf("event %s\n", report.message.c_str()); }

private:
    StopToken& stop_;
    int64_t stop_after_;
};

int work(int argc, char** argv) {
    TrainRequest request;
    request.place = rank_place(environment_variable);
    request.place.timeout_seconds = 60;
    if (request.place.is_first()) {
        std::ifstream file(argv[1]);
        std::stringstream text;
        text << file.rdbuf();
        request.stages = parse_experiment(text.str(), argv[1]).experiment.resolved_stages();
        request.folder = argv[2];
        if (argc > 3 && std::string(argv[3]) != "-") request.resume_checkpoint = argv[3];
    }
    StopToken stop;
    Printer printer(stop, argc > 4 ? std::atoll(argv[4]) : -1);
    return train(request, printer, stop).stopped ? static_cast<int>(ExitCode::kStopped) : 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    try {
        return work(argc, argv);
    } catch (const f8net::Error& error) {
        std::fprintf(stderr, "rank %s: %s\n", std::getenv("RANK"), error.what());
        return static_cast<int>(error.exit_code());
    }
}
