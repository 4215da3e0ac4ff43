// SPDX-License-Identifier: Apache-2.0
/// Small random networks for the tests of everything that reads an IntegerNetwork.
#pragma once

#include "core/network/random_network.h"

namespace f8net {

inline ArchitectureOptions tiny_options(const std::string& architecture, int image_size = 16, int input_channels = 3) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = image_size;
    options.input_channels = input_channels;
    options.num_classes = 7;
    return options;
}

inline IntegerNetwork tiny_network(const std::string& architecture, uint64_t seed = 1,
                                   const RandomNetworkOptions& options = {}) {
    return make_random_network(make_layer_graph(tiny_options(architecture)), seed, options);
}

}  // namespace f8net
