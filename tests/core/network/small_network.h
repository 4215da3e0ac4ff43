// SPDX-License-Identifier: Apache-2.0
/// A narrow ResNet18 for the pictures of Fashion-MNIST with random weights, real ones beside the codes: enough for
/// every command that takes an integer network.
#pragma once

#include "core/network/random_network.h"

namespace f8net {

inline IntegerNetwork small_random_network() {
    ArchitectureOptions options;
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 28;
    options.input_channels = 1;
    options.num_classes = 10;
    RandomNetworkOptions random;
    random.keep_effective_weights = true;
    return make_random_network(make_layer_graph(options), 3, random);
}

}  // namespace f8net
