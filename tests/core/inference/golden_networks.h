// SPDX-License-Identifier: Apache-2.0
/// The recorded networks (tests/golden/networks) as integer networks with their images, for tests of executors and
/// exports.
#pragma once

#include <string>
#include <vector>

#include "core/lowering/lowering.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

struct GoldenNetworkData {
    IntegerNetwork network;
    TensorMap expected;
    std::vector<uint8_t> pixels;  ///< N H W C
    int64_t images = 0;
};

inline GoldenNetworkData golden_network(const std::string& architecture, const LoweringOptions& options) {
    const std::string folder = F8NET_SOURCE_DIR "/tests/golden/networks/";
    ArchitectureOptions shape;
    shape.architecture = architecture;
    shape.width_multiplier = 0.25;
    shape.image_size = 96;
    shape.num_classes = 10;
    GoldenNetworkData data;
    data.network = lower(read_safetensors(folder + architecture + ".safetensors"), make_layer_graph(shape), options);
    data.expected = read_safetensors(folder + architecture + "_expected.safetensors");
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

/// As recorded: average pool, no sum pool.
inline LoweringOptions recorded_options(bool share_fractional_lengths = false) {
    LoweringOptions options;
    options.quantize_average_pool = false;
    options.share_fractional_lengths = share_fractional_lengths;
    return options;
}

}  // namespace f8net
