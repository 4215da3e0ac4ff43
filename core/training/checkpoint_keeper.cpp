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

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kSuffix = ".safetensors";

}  // namespace

int64_t step_of_checkpoint(const std::string& file_name) {
    if (!file_name.starts_with(kPrefix) || !file_name.ends_with(kSuffix)) return -1;
    const std::string digits = file_name.substr(kPrefix.size(), file_name.size() - kPrefix.size() - kSuffix.size());
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 18) return -1;
    return std::stoll(digits);
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
    std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step.value));
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

std::vector<CheckpointKeeper::File> CheckpointKeeper::files() const {
    std::vector<File> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        found.push_back({step_of_checkpoint(entry.path().filename().string()), entry.path().string()});
    }
    std::sort(found.begin(), found.end(), [](const File& a, const File& b) { return a.step < b.step; });
    return found;
}

void CheckpointKeeper::remove_old() {
    std::vector<File> last = files();
    std::error_code ignored;
    for (const File& file : last) {
        if (file.path.find(".tmp") != std::string::npos) fs::remove(file.path, ignored);  // left over by a crash
    }
    std::erase_if(last, [](const File& file) { return file.step < 0; });
    for (size_t i = 0; i + static_cast<size_t>(keep_) < last.size(); ++i) fs::remove(last[i].path, ignored);
}

void CheckpointKeeper::forget_after(Step step) {
    std::error_code ignored;
    for (const File& file : files()) {
        if (file.step > step.value) fs::remove(file.path, ignored);
    }
}

}  // namespace f8net
