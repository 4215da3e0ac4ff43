// SPDX-License-Identifier: Apache-2.0
// What handing long runs to other programs and taking them back costs: MB/s of each format, and the memory it takes.
// Usage: run_exchange [POINTS]; points of each of ten metrics, default 1000000.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/atomic_folder.h"
#include "core/exchange/export_runs.h"
#include "core/exchange/import_runs.h"
#include "core/store/run_inserter.h"
#include "core/store/run_reader.h"

namespace {

using namespace f8net;
using Clock = std::chrono::steady_clock;

constexpr int kMetrics = 10;

double peak_mb() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

template <typename Action>
void measure(const std::string& what, double points, Action action) {
    const auto begin = Clock::now();
    const double mb = static_cast<double>(action()) / 1e6;
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    std::printf("%-20s %8.1f MB %7.2f s %7.1f MB/s %6.2f million points/s, peak %.0f MB\n", what.c_str(), mb, seconds,
                mb / seconds, points / seconds / 1e6, peak_mb());
    std::fflush(stdout);
}

void fill(const std::string& path, int64_t points) {
    RunStore store(path, RunStore::Mode::kReadWrite);
    RunInserter inserter(store);
    const RunSink::Run run = inserter.new_run();
    RunRecord record;
    record.name = "long";
    record.state = RunState::kFinished;
    inserter.describe(run, record);
    for (int metric = 0; metric < kMetrics; ++metric) {
        std::vector<MetricPoint> part;
        for (int64_t step = 1; step <= points; ++step) {
            part.push_back({step, static_cast<int>(step / 1000) + 1, static_cast<float>(step % 1000) / 1000,
                            1.7e9 + 0.0123 * static_cast<double>(step), 1.0 / static_cast<double>(step + metric)});
            if (part.size() < 20'000 && step < points) continue;
            inserter.add_points(run, "train/quantity_" + std::to_string(metric), part);
            part.clear();
        }
    }
    inserter.commit();
}

}  // namespace

int main(int argc, char** argv) {
    const int64_t points = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
    const double total = kMetrics * static_cast<double>(points);
    const std::string folder =
        std::filesystem::temp_directory_path() / ("f8net-run-exchange-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string path = folder + "/runs.db";
    measure("fill a store", total, [&] {
        fill(path, points);
        return size_on_disk(path);
    });
    const RunStore store(path, RunStore::Mode::kReadOnly);
    const RunId run = RunReader(store).find("long");
    for (const RunFormat format : run_formats()) {
        const std::string file = folder + "/" + to_string(format);
        measure("export " + to_string(format), total, [&] { return export_runs(store, {run}, format, file).bytes; });
        measure("import " + to_string(format), total, [&] {
            import_runs(folder + "/" + to_string(format) + ".db", file);
            return size_on_disk(file);
        });
        std::filesystem::remove_all(file);
        std::filesystem::remove(folder + "/" + to_string(format) + ".db");
    }
    measure("import a store", total, [&] {
        import_runs(folder + "/copy.db", path);
        return size_on_disk(path);
    });
    std::filesystem::remove_all(folder);
}
