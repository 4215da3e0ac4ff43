// SPDX-License-Identifier: Apache-2.0
/// The recorded networks (tests/golden/networks) as integer networks with their images, for tests of executors and
/// exports.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/lowering/lowering.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

/// Where the recorded networks are: those in the repository, or the folder that F8NET_GOLDEN_DIR names (it may hold
/// more of them).
inline std::string golden_folder() {
    const char* folder = std::getenv("F8NET_GOLDEN_DIR");
    return std::string(folder != nullptr ? folder : F8NET_SOURCE_DIR "/tests/golden") + "/networks/";
}

/// The checkpoint of a recorded network, .safetensors or .pth; empty where there is none.
inline std::string golden_checkpoint(const std::string& name) {
    for (const char* extension : {".safetensors", ".pth"}) {
        const std::string path = golden_folder() + name + extension;
        if (std::filesystem::exists(path)) return path;
    }
    return {};
}

struct GoldenNetworkData {
    IntegerNetwork network;
    TensorMap expected;
    std::vector<uint8_t> pixels;  ///< N H W C
    int64_t images = 0;
};

/// name: "resnet18", "resnet18_tiny" (normalized input), "mobilenet_v1", "mobilenet_v2".
inline GoldenNetworkData golden_network(const std::string& name, const LoweringOptions& options) {
    ArchitectureOptions shape;
    shape.architecture = name == "resnet18_tiny" ? "resnet18" : name;
    shape.normalized_input = name == "resnet18_tiny";
    shape.width_multiplier = 0.25;
    shape.image_size = 96;
    shape.num_classes = 10;
    GoldenNetworkData data;
    data.network = lower(load_checkpoint_file(golden_checkpoint(name)), make_layer_graph(shape), options);
    data.expected = read_safetensors(golden_folder() + name + "_expected.safetensors");
    const HostTensor& images = data.expected.at("images");
    data.images = images.shape[0];
    const auto bytes = images.as<uint8_t>();
    const int64_t channels = images.shape[1], pixels = images.shape[2] * images.shape[3];
    data.pixels.resize(bytes.size());
    for (int64_t n = 0; n < data.images; ++n) {
        for (int64_t c = 0; c < channels; ++c) {
            for (int64_t i = 0; i < pixels; ++i) {
                data.pixels[static_cast<size_t>((n * pixels + i) * channels + c)] =
                    bytes[static_cast<size_t>((n * channels + c) * pixels + i)];
            }
        }
    }
    return data;
}

/// As recorded: average pool, no sum pool; the tiny finetuning without clipping, by grid search, on normalized
/// pictures.
inline LoweringOptions recorded_options(const std::string& name, bool share_fractional_lengths = false) {
    LoweringOptions options;
    options.quantize_average_pool = false;
    options.share_fractional_lengths = share_fractional_lengths;
    if (name == "resnet18_tiny") {
        options.clipping = false;
        options.weight_format = WeightFormatChoice::kGridSearch;
        options.normalization.mean = {0.485f, 0.456f, 0.406f};
        options.normalization.std = {0.229f, 0.224f, 0.225f};
    }
    return options;
}

}  // namespace f8net
