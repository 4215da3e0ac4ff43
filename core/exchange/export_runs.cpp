// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/export_runs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "core/base/atomic_folder.h"
#include "core/base/error.h"
#include "core/exchange/run_file.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

/// "name", or "name ID" where several of the runs have that name.
std::vector<std::string> labels_of(const std::vector<RunRecord>& runs) {
    std::map<std::string, int> uses;
    for (const RunRecord& run : runs) ++uses[run.name];
    std::vector<std::string> labels;
    for (const RunRecord& run : runs) labels.push_back(uses[run.name] == 1 ? run.name : run.name + " " + run.id.text());
    return labels;
}

/// A label as the name of a file: "fashion-mnist/quickstart" is no place in a folder.
std::string file_name(const std::string& label, const RunId& run) {
    std::string name;
    for (const char c : label) name += c == '/' || static_cast<unsigned char>(c) < ' ' ? '-' : c;
    constexpr size_t kLongest = 200;  // what file systems take, an ending and AtomicFile's included
    if (name.empty() || name.front() == '.' || name.size() > kLongest) return run.text();
    return name;
}

std::unique_ptr<RunFile> make_file(RunFormat format, const std::string& path) {
    switch (format) {
        case RunFormat::kCsv:
            return make_csv_file(path);
        case RunFormat::kJson:
            return make_json_file(path);
        case RunFormat::kTensorBoard:
            return make_event_folder(path);
    }
    throw Error(ExitCode::kInternal, "no such format of runs");
}

struct Target {
    std::string path;
    std::vector<size_t> runs;  ///< positions
};

bool is_folder(RunFormat format, const std::string& path) {
    return format == RunFormat::kTensorBoard || path.ends_with('/') || fs::is_directory(path);
}

std::vector<Target> targets_of(const std::vector<RunRecord>& runs, const std::vector<std::string>& labels,
                               RunFormat format, const std::string& path) {
    if (!is_folder(format, path)) {
        Target all{path, {}};
        for (size_t i = 0; i < runs.size(); ++i) all.runs.push_back(i);
        return {all};
    }
    std::vector<Target> targets;
    std::map<std::string, int> uses;
    for (size_t i = 0; i < runs.size(); ++i) ++uses[file_name(labels[i], runs[i].id)];
    for (size_t i = 0; i < runs.size(); ++i) {
        std::string name = file_name(labels[i], runs[i].id);
        if (uses[name] > 1) name = runs[i].id.text();  // "a/b" and "a-b"
        if (format != RunFormat::kTensorBoard) name += "." + to_string(format);
        targets.push_back({(fs::path(path) / name).string(), {i}});
    }
    return targets;
}

}  // namespace

std::string to_string(RunFormat format) {
    switch (format) {
        case RunFormat::kCsv:
            return "csv";
        case RunFormat::kJson:
            return "json";
        case RunFormat::kTensorBoard:
            return "tensorboard";
    }
    return "csv";
}

std::vector<RunFormat> run_formats() {
    return {RunFormat::kCsv, RunFormat::kJson, RunFormat::kTensorBoard};
}

RunExport export_runs(const RunStore& store, const std::vector<RunId>& runs, RunFormat format, const std::string& path,
                      const Work& work) {
    if (path.empty()) throw ConfigError("the file or folder to write is not named");
    const RunReader reader(store);
    std::vector<RunRecord> records;
    for (const RunId& run : runs) {
        const auto is_it = [&](const RunRecord& record) { return record.id == run; };
        if (std::none_of(records.begin(), records.end(), is_it)) records.push_back(reader.run(run));
    }
    double total = 0;
    for (const RunRecord& run : records) {
        for (const MetricSummary& metric : reader.metrics(run.id)) total += static_cast<double>(metric.num_points);
    }
    const std::vector<std::string> labels = labels_of(records);
    const std::vector<Target> targets = targets_of(records, labels, format, path);
    if (is_folder(format, path)) {
        std::error_code failure;
        fs::create_directories(path, failure);
        if (failure) throw IoError("create folder", path, failure.value());
    }

    RunExport done;
    const auto wrote = [&](size_t points) {
        done.points += static_cast<int64_t>(points);
        work.report(std::min(1.0, static_cast<double>(done.points) / std::max(1.0, total)));
    };
    std::vector<std::unique_ptr<RunFile>> files;
    for (const Target& target : targets) {
        files.push_back(make_file(format, target.path));
        for (const size_t i : target.runs) files.back()->add(reader, records[i], labels[i], work, wrote);
    }
    // None of them before the last one is whole.
    for (const auto& file : files) file->commit();
    for (const Target& target : targets) {
        done.files.push_back(target.path);
        done.bytes += size_on_disk(target.path);
    }
    return done;
}

}  // namespace f8net
