// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/run_file.h"
#include "core/exchange/run_points.h"
#include "core/exchange/text_output.h"

namespace f8net {

namespace {

/// As RFC 4180 has it.
std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

class CsvFile final : public RunFile {
public:
    explicit CsvFile(const std::string& path) : output_(path) { output_.write("run,metric,step,epoch,value,time\n"); }

    void add(const RunReader& reader, const RunRecord& run, const std::string& label, const Work& work,
             const std::function<void(size_t)>& wrote) override {
        for (const MetricSummary& metric : reader.metrics(run.id)) {
            const std::string key = csv_cell(label) + "," + csv_cell(metric.name);
            read_points(reader, run.id, metric.name, work, [&](const std::vector<MetricPoint>& points) {
                for (const MetricPoint& point : points) {
                    // The shortest digits that read back as the same number; "nan" and "inf" for what diverged.
                    output_.print("{},{},{},{},{}\n", key, point.step, epochs_done(point), point.value,
                                  point.wall_time);
                }
                wrote(points.size());
            });
        }
    }
    void commit() override { output_.commit(); }

private:
    TextOutput output_;
};

}  // namespace

std::unique_ptr<RunFile> make_csv_file(const std::string& path) {
    return std::make_unique<CsvFile>(path);
}

}  // namespace f8net
