// SPDX-License-Identifier: GPL-3.0-or-later
// The Runs table with 10,000 runs: filling, sorting by each kind of column, filtering by words, expression and
// condition.   bench/run_table [RUNS]
#include <QCoreApplication>
#include <QElapsedTimer>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "widgets/models/run_filter_model.h"
#include "widgets/models/run_table_model.h"
#include "widgets/models/store_follower.h"
#include "widgets/support/selection.h"

using namespace f8net;

namespace {

RunSummary makeRun(int number, std::mt19937& random) {
    std::uniform_real_distribution<double> share(0.5, 0.95);
    char id[16];
    std::snprintf(id, sizeof id, "0000%08d", number);
    RunSummary run;
    run.id = RunId(id);
    run.name = "resnet18-w8a8-" + std::to_string(number % 977);
    run.state = number % 7 == 0 ? RunState::kStopped : RunState::kFinished;
    run.model = number % 3 == 0 ? "mobilenet_v2" : "resnet18";
    run.dataset = "fashion-mnist";
    run.experiment = "fashion-mnist/quickstart";
    run.tags = {number % 5 == 0 ? "paper" : "try"};
    run.best_top1 = share(random);
    run.last_top1 = share(random);
    run.total_epochs = Epoch{12};
    run.epoch = Epoch{12};
    run.started_at = 1.76e9 + number * 60.0;
    run.duration_seconds = share(random) * 1000;
    return run;
}

template <typename Work>
double medianMs(Work work) {
    std::vector<double> times;
    for (int round = 0; round < 7; ++round) {
        QElapsedTimer clock;
        clock.start();
        work(round);
        times.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    const int count = argc > 1 ? std::atoi(argv[1]) : 10'000;
    std::mt19937 random(7);
    RunsUpdate all;
    all.isComplete = true;
    for (int i = count; i > 0; --i) all.runs.push_back(makeRun(i, random));
    Selection selection;
    RunTableModel model(selection);
    RunFilterModel filter;
    filter.setSourceModel(&model);
    std::printf("%d runs\n", count);
    std::printf("fill             %8.2f ms\n", medianMs([&](int) {
                    model.apply({{}, true});
                    model.apply(all);
                }));
    std::printf("one run changes  %8.2f ms\n", medianMs([&](int round) {
                    RunsUpdate one;
                    one.runs = {all.runs[static_cast<size_t>(round * 100)]};
                    one.runs[0].last_top1 = 0.1 * round;
                    model.apply(one);
                }));
    for (const auto& [name, column] :
         {std::pair("number", RunTableModel::kTop1), std::pair("text", RunTableModel::kName),
          std::pair("time", RunTableModel::kStarted)}) {
        std::printf("sort by %-8s %8.2f ms\n", name, medianMs([&, column = column](int round) {
                        filter.sort(column, round % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
                    }));
    }
    for (const char* text : {"paper", "/w8a8-1[0-9]$/", "top1>=0.9 state:finished tag:paper"}) {
        std::printf("filter '%s'  %8.2f ms", text,
                    medianMs([&](int round) { filter.setFilterText(round % 2 == 0 ? text : ""); }));
        filter.setFilterText(text);
        std::printf("  (%d match)\n", filter.rowCount());
        filter.setFilterText("");
    }
    return 0;
}
