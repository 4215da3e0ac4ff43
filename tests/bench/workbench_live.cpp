// SPDX-License-Identifier: GPL-3.0-or-later
// The workbench while a run logs 10,000 rows a second: CPU time of the UI thread in one go, view updates a second; and
// a table of 10,000 runs sorted and filtered. workbench_live [SECONDS [ROWS_A_SECOND]]; offscreen.
#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "app/workbench/dock_host.h"
#include "app/workbench/main_window.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"
#include "tests/widgets/synthetic/synthetic_store.h"
#include "widgets/curves/curves_view.h"
#include "widgets/curves/metric_chart.h"
#include "widgets/models/run_filter_model.h"
#include "widgets/models/run_table_model.h"
#include "widgets/support/event_watchdog.h"
#include "widgets/support/theme.h"

namespace {

using namespace f8net;
constexpr int kMetrics = 10;

void say(const char* what, double value, const char* unit) {
    std::printf("%-62s %9.2f %s\n", what, value, unit);
    std::fflush(stdout);
}

/// Logs steps of ten metrics until told to stop; as training does, in a thread of its own.
void log(const std::string& path, const RunId& run, int rowsPerSecond, const std::atomic<bool>& isOver) {
    RunWriter writer(path, run, nullptr);
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t step = 1; !isOver; ++step) {
        StepReport report{{step}, {static_cast<int>(step / 5'000) + 1}, static_cast<double>(step % 5'000) / 5'000, {}};
        const double noise = std::sin(static_cast<double>(step) * 12.9898) * 0.1;
        report.metrics.push_back({"train/loss", 0.3 + 2 / (1 + 1e-3 * static_cast<double>(step)) * std::exp(noise)});
        report.metrics.push_back({"train/batch_top1", 0.8 + noise});
        report.metrics.push_back({"train/learning_rate", 0.1});
        report.metrics.push_back({"train/images_per_second", 400 + 50 * noise});
        while (static_cast<int>(report.metrics.size()) < kMetrics)
            report.metrics.push_back({"train/extra_" + std::to_string(report.metrics.size()), 1 + noise});
        writer.on_step(report);
        std::this_thread::sleep_until(begin + std::chrono::microseconds(step * kMetrics * 1'000'000 / rowsPerSecond));
    }
    writer.finish(RunState::kFinished, 0);
}

void runEvents(int ms) {
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

void measureLive(int seconds, int rowsPerSecond) {
    const QTemporaryDir folder;
    const std::string path = folder.filePath("runs.db").toStdString();
    synthetic::Store store(path);
    for (unsigned i = 1; i <= 4; ++i) {
        store.add({.name = "finished-" + std::to_string(i),
                   .epochs = 20,
                   .doneEpochs = 20,
                   .stepsPerEpoch = 100,
                   .floatEpochs = 5,
                   .seed = i});
    }
    NewRun newRun;
    newRun.name = "live";
    const RunId run = RunStore(path, RunStore::Mode::kReadWrite).create_run(newRun);
    MainWindow window({QString::fromStdString(path), folder.filePath("w.ini"), ThemeChoice::kLight});
    window.resize(1440, 900);
    window.show();
    window.store().waitUntilCaughtUp(20'000);
    int runUpdates = 0, curveUpdates = 0;
    QObject::connect(&window.store(), &StoreFollower::runsChanged, [&] { ++runUpdates; });
    std::atomic<bool> isOver = false;
    std::thread training(log, path, run, rowsPerSecond, std::cref(isOver));
    window.selection().setVisible(run, true);
    window.selection().setRun(run);
    runEvents(2'000);
    auto* curves = qobject_cast<CurvesView*>(window.docks().view("curves"));
    for (MetricChart* chart : curves->charts()) {
        QObject::connect(&chart->lines(), &LineLayer::painted, [&] { ++curveUpdates; });
        break;  // all are told of the same set
    }
    EventWatchdog watchdog;
    runUpdates = 0;
    runEvents(seconds * 1'000);
    const EventWatchdog::Report report = watchdog.report();
    isOver = true;
    training.join();
    std::printf("%d rows a second for %d s, %zu charts: %s\n", rowsPerSecond, seconds, curves->charts().size(),
                qPrintable(toText(report)));
    say("updates of the runs", double(runUpdates) / seconds, "a second");
    say("pictures of the first chart", double(curveUpdates) / seconds, "a second");
}

void measureTable() {
    constexpr int kRuns = 10'000;
    RunsUpdate update;
    update.isComplete = true;
    for (int i = 0; i < kRuns; ++i) {
        RunSummary run;
        run.id = RunId("run" + std::to_string(i));
        run.name = "resnet18-" + std::to_string(i * 7919 % kRuns);
        run.state = RunState::kFinished;
        run.best_top1 = 0.8 + 1e-5 * (i * 104'729 % kRuns);
        run.model = i % 3 == 0 ? "resnet18" : "mobilenet_v2";
        run.started_at = 1.7e9 + i;
        update.runs.push_back(run);
    }
    Selection selection;
    RunTableModel model(selection);
    RunFilterModel filter;
    filter.setSourceModel(&model);
    const auto time = [](const char* what, const auto& work) {
        double best = 1e9;
        for (int round = 0; round < 5; ++round) {
            QElapsedTimer clock;
            clock.start();
            work(round);
            best = std::min(best, static_cast<double>(clock.nsecsElapsed()) / 1e6);
        }
        say(what, best, "ms");
    };
    time("10,000 runs put into the table", [&](int) { model.apply(update); });
    time("10,000 runs sorted by name", [&](int round) {
        filter.sort(RunTableModel::kName, round % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
    });
    time("10,000 runs sorted by top-1", [&](int round) {
        filter.sort(RunTableModel::kTop1, round % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
    });
    filter.sort(-1);
    time("10,000 runs filtered by words",
         [&](int round) { filter.setFilterText(round % 2 == 0 ? "resnet18-77" : ""); });
    time("10,000 runs filtered by a condition",
         [&](int round) { filter.setFilterText(round % 2 == 0 ? "top1>=0.85 model:resnet18" : "top1>=0.1"); });
    time("10,000 runs filtered by /regex/",
         [&](int round) { filter.setFilterText(round % 2 == 0 ? "/-1.*9$/" : "/r/"); });
}

}  // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    installStyle(application);
    applyTheme(application, ThemeChoice::kLight);
    measureTable();
    measureLive(argc > 1 ? std::atoi(argv[1]) : 20, argc > 2 ? std::atoi(argv[2]) : 10'000);
}
