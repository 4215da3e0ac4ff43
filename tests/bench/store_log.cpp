// SPDX-License-Identifier: Apache-2.0
// What the run store costs: microseconds per scalar on the training thread while a writer commits, and the time to open
// a store of many runs and read all their series. Usage: store_log [RUNS POINTS]; defaults 1000 1000, ten metrics each.
#include <SQLiteCpp/SQLiteCpp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"

namespace {

using namespace f8net;
using Clock = std::chrono::steady_clock;

constexpr int kMetrics = 10;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

StepReport report_of(int64_t step) {
    StepReport report;
    report.step = Step{step};
    report.epoch = Epoch{static_cast<int>(step / 1000) + 1};
    for (int metric = 0; metric < kMetrics; ++metric) {
        report.metrics.push_back(
            {"train/a_quantity_with_a_long_name_" + std::to_string(metric), 1.0 / static_cast<double>(step)});
    }
    return report;
}

void measure_logging(const std::string& path) {
    const RunId run = RunStore(path, RunStore::Mode::kReadWrite).create_run({});
    RunWriter writer(path, run, nullptr);
    constexpr int kSteps = 20'000;  // at a step per 100 us: 100,000 scalars a second, far more than training logs
    std::vector<double> us;
    us.reserve(kSteps);
    for (int64_t step = 1; step <= kSteps; ++step) {
        const StepReport report = report_of(step);
        const auto begin = Clock::now();
        writer.on_step(report);
        us.push_back(seconds_since(begin) * 1e6 / kMetrics);
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    writer.finish(RunState::kFinished, 0);
    std::sort(us.begin(), us.end());
    double sum = 0;
    for (const double value : us) sum += value;
    std::printf("logging, training thread, us per scalar: mean %.3f  median %.3f  p99 %.3f  max %.1f\n", sum / kSteps,
                us[kSteps / 2], us[kSteps * 99 / 100], us.back());
}

/// Rows as RunWriter leaves them, written in bulk.
void fill(const std::string& path, int runs, int points) {
    RunStore store(path, RunStore::Mode::kReadWrite);
    std::vector<RunId> ids;
    for (int run = 0; run < runs; ++run) ids.push_back(store.create_run({}));
    SQLite::Database database(path, SQLite::OPEN_READWRITE);
    database.exec("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; BEGIN");
    for (int metric = 0; metric < kMetrics; ++metric) {
        database.exec("INSERT OR IGNORE INTO metric_names (name) VALUES ('bench/" + std::to_string(metric) + "')");
    }
    SQLite::Statement insert(
        database,
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ?3) "
        "INSERT INTO metrics SELECT r.run, ?2, i, 1, 0.5, 1.7e9 + i * 0.37, 1.0 / i FROM s, runs AS r "
        "WHERE r.id = ?1");
    SQLite::Statement summary(
        database, "INSERT INTO metric_summaries SELECT ?2, run, ?3, ?3, 1.0 / ?3, 1.0 / ?3, 1 FROM runs WHERE id = ?1");
    for (const RunId& run : ids) {
        for (int metric = 0; metric < kMetrics; ++metric) {
            const int id =
                database.execAndGet("SELECT id FROM metric_names WHERE name = 'bench/" + std::to_string(metric) + "'")
                    .getInt();
            for (SQLite::Statement* statement : {&insert, &summary}) {
                statement->bind(1, run.text());
                statement->bind(2, id);
                statement->bind(3, points);
                statement->exec();
                statement->reset();
            }
        }
    }
    database.exec("COMMIT");
}

void measure_reading(const std::string& path) {
    const auto begin = Clock::now();
    const RunStore store(path, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    const RunList list = reader.list();
    const double listed = seconds_since(begin);
    size_t points = 0;
    double longest = 0;
    for (const RunSummary& run : list.runs) {
        for (const std::string& name : reader.metric_names({run.id})) {
            const auto start = Clock::now();
            points += reader.metric(run.id, name).points.size();
            longest = std::max(longest, seconds_since(start));
        }
    }
    std::printf(
        "opening and listing %zu runs: %.1f ms; reading %zu points: %.2f s (longest call %.1f ms); file %.0f MB\n",
        list.runs.size(), listed * 1e3, points, seconds_since(begin) - listed, longest * 1e3,
        static_cast<double>(std::filesystem::file_size(path)) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
    const int runs = argc > 1 ? std::atoi(argv[1]) : 1000;
    const int points = argc > 2 ? std::atoi(argv[2]) : 1000;
    std::string folder = std::filesystem::temp_directory_path() / "f8net-bench-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) return 74;
    measure_logging(folder + "/log.db");
    fill(folder + "/many.db", runs, points);
    measure_reading(folder + "/many.db");
    std::filesystem::remove_all(folder);
}
