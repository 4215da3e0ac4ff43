// SPDX-License-Identifier: Apache-2.0
#include "core/config/published_weights.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/base/error.h"

namespace f8net {

namespace {

namespace fs = std::filesystem;

struct Row {
    const char* origin;
    const char* architecture;
    const char* stem;
    const char* version;  ///< "0896-77a56f15.pth": top-5 error and the start of the file's SHA-1
    const char* where;
};

constexpr const char* kStore = "~/.torch/models";

// pytorchcv's "b" networks have their stride in the 3x3 convolution, as ours. A newer pytorchcv may have newer
// versions.
constexpr Row kRows[] = {
    {"pytorchcv", "resnet18", "resnet18-", "0896-77a56f15.pth", "v0.0.478"},
    {"pytorchcv", "resnet34", "resnet34-", "0780-3f775482.pth", "v0.0.291"},
    {"pytorchcv", "resnet50", "resnet50b-", "0638-8a5473ef.pth", "v0.0.308"},
    {"pytorchcv", "resnet101", "resnet101b-", "0530-f059ba3c.pth", "v0.0.357"},
    {"pytorchcv", "resnet152", "resnet152b-", "0499-667ea926.pth", "v0.0.378"},
    {"pytorchcv", "mobilenet_v1", "mobilenet_w1-", "0895-7e1d739f.pth", "v0.0.155"},
    {"pytorchcv", "mobilenet_v2", "mobilenetv2b_w1-", "0912-2bcab1d0.pth", "v0.0.483"},
    {"nvidia", "resnet50", "nvidia_resnet50_200821.pth.tar", "", "resnet50_pyt_amp, version 20.06.0"},
};

/// The version of least error, which its name says first.
std::string find_in(const std::string& folder, const std::string& stem) {
    std::vector<std::string> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with(stem) && name.ends_with(".pth")) found.push_back(entry->path().string());
    }
    return found.empty() ? std::string() : *std::min_element(found.begin(), found.end());
}

}  // namespace

std::optional<PublishedWeights> published_weights(const NetworkConfig& network) {
    if (network.width_multiplier != 1) return std::nullopt;
    for (const Row& row : kRows) {
        if (network.pretrained_origin != row.origin || network.architecture != row.architecture) continue;
        const bool is_nvidia = network.pretrained_origin == "nvidia";
        return PublishedWeights{
            std::string(row.stem) + row.version,
            is_nvidia ? std::string("NVIDIA's NGC catalogue, ") + row.where
                      : std::string("https://github.com/osmr/imgclsmob/releases, ") + row.where + ", packed as .zip",
            is_nvidia ? "" : kStore, row.stem};
    }
    return std::nullopt;
}

void find_published_weights(ExperimentDocument& document, const std::string& home) {
    NetworkConfig& network = document.experiment.network;
    const std::string& origin = network.pretrained_origin;
    if (origin == "auto" || origin == "f8net" || !network.pretrained_file.empty() ||
        !document.experiment.training.from.empty())
        return;
    const auto published = published_weights(network);
    if (published && !published->folder.empty()) {
        const std::string found = find_in(home + published->folder.substr(1), published->stem);
        if (!found.empty()) {
            network.pretrained_file = found;
            document.notes.push_back({document.origin("network.pretrained_origin"), "weights: " + found});
            return;
        }
    }
    const Origin from = document.origin("network.pretrained_origin");
    std::string message = from.to_string() + ": " + (from.key.empty() ? "network.pretrained_origin" : from.key) +
                          " asks for " + origin + "'s weights of " + network.architecture +
                          ", and nothing names their file: ";
    if (published) {
        message += "get " + published->file + " (" + published->where + ")" +
                   (published->folder.empty() ? " and" : ", put it into " + published->folder + ", or") +
                   " name it with ";
    } else {
        message += "save them in a file (.pth or .safetensors) and name it with ";
    }
    throw ConfigError(message + "--set network.pretrained_file=FILE");
}

}  // namespace f8net
