// SPDX-License-Identifier: Apache-2.0
#include "core/training/checkpoint_keeper.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSuffix = ".safetensors";

}  // namespace

std::optional<CheckpointPlace> place_of_checkpoint(const std::string& file_name) {
    long long step = 0;
    int epoch = 0, end = 0;
    if (std::sscanf(file_name.c_str(), "step-%18lld-epoch-%9d.safetensors%n", &step, &epoch, &end) != 2)
        return std::nullopt;
    if (end != static_cast<int>(file_name.size())) return std::nullopt;
    return CheckpointPlace{step, epoch};
}

CheckpointKeeper::CheckpointKeeper(const std::string& run_folder, int keep)
    : folder_((fs::path(run_folder) / "checkpoints").string()), keep_(std::max(keep, 1)) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw IoError("create", folder_, error.value());
}

std::string CheckpointKeeper::path_of(const std::string& role) const {
    std::string name = role;
    std::replace(name.begin(), name.end(), ':', '-');
    std::replace(name.begin(), name.end(), '/', '_');
    return (fs::path(folder_) / (name + std::string(kSuffix))).string();
}

CheckpointReport CheckpointKeeper::save_last(const TensorMap& state, Step step, Epoch epoch, const std::string& stage) {
    char name[64];
    std::snprintf(name, sizeof name, "step-%08lld-epoch-%04d", static_cast<long long>(step.value), epoch.value);
    CheckpointReport report;
    report.path = path_of(name);
    report.role = "last";
    report.epoch = epoch;
    report.step = step;
    report.stage = stage;
    write_safetensors(report.path, state);
    report.size_bytes = static_cast<int64_t>(fs::file_size(report.path));
    report.hash = hash_file_hex(report.path);
    return report;
}

CheckpointReport CheckpointKeeper::keep_as(const CheckpointReport& saved, const std::string& role) {
    CheckpointReport report = saved;
    report.role = role;
    report.path = path_of(role);
    // A second name costs no space; rename over the old one, so that there is always a whole file of that name.
    const std::string temporary = report.path + ".tmp";
    std::error_code error;
    fs::remove(temporary, error);
    fs::create_hard_link(saved.path, temporary, error);
    if (error) fs::copy_file(saved.path, temporary, error);  // file systems without links
    if (!error) fs::rename(temporary, report.path, error);
    if (error) throw IoError("write", report.path, error.value());
    return report;
}

std::vector<std::pair<CheckpointPlace, std::string>> CheckpointKeeper::last_ones() const {
    std::vector<std::pair<CheckpointPlace, std::string>> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        const auto place = place_of_checkpoint(entry.path().filename().string());
        if (place) found.emplace_back(*place, entry.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

void CheckpointKeeper::remove_old() {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        // Left over by a crash while writing.
        if (entry.path().filename().string().find(".tmp") != std::string::npos) fs::remove(entry.path(), ignored);
    }
    const auto last = last_ones();
    for (size_t i = 0; i + static_cast<size_t>(keep_) < last.size(); ++i) fs::remove(last[i].second, ignored);
}

void CheckpointKeeper::forget_after(Step step, Epoch epoch) {
    std::error_code ignored;
    for (const auto& [place, path] : last_ones()) {
        if (place > CheckpointPlace{step.value, epoch.value}) fs::remove(path, ignored);
    }
}

}  // namespace f8net
