// SPDX-License-Identifier: Apache-2.0
#include "core/training/saved_position.h"

#include <cstdlib>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

constexpr const char* kPositionKey = "training.position";
constexpr const char* kRanksKey = "training.ranks";

}  // namespace

void save_position(const RunPosition& position, int ranks, std::map<std::string, std::string>& metadata) {
    metadata[kPositionKey] = position.to_json();
    metadata[kRanksKey] = std::to_string(ranks);
}

RunPosition position_in(const TensorMap& checkpoint) {
    const auto position = checkpoint.metadata.find(kPositionKey);
    if (position == checkpoint.metadata.end()) {
        throw DataError(checkpoint.source + ": not a checkpoint that a run can go on from (no " + kPositionKey + ")");
    }
    return RunPosition::from_json(position->second);
}

int ranks_in(const TensorMap& checkpoint) {
    const auto ranks = checkpoint.metadata.find(kRanksKey);
    return ranks == checkpoint.metadata.end() ? 1 : std::atoi(ranks->second.c_str());
}

CheckpointReport describe_checkpoint(const std::string& path) {
    const RunPosition position = position_in(read_safetensors(path));
    CheckpointReport report;
    report.path = path;
    report.step = Step{position.step};
    report.epoch = Epoch{position.epoch};
    report.stage = position.stage_name;
    report.size_bytes = static_cast<int64_t>(std::filesystem::file_size(path));
    report.hash = hash_file_hex(path);
    if (position.epoch == position.best_epoch && position.epoch_step == 0) report.top1 = position.best_top1;
    return report;
}

}  // namespace f8net
