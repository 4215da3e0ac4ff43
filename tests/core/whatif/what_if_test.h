// SPDX-License-Identifier: Apache-2.0
/// Small networks that keep their real weights, and images for them.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/evaluation.h"
#include "core/network/random_network.h"
#include "core/whatif/format_change.h"
#include "tests/core/analysis/synthetic_data.h"

namespace f8net {

inline IntegerNetwork changeable_network(const std::string& architecture, uint64_t seed, bool sum_pool = true,
                                         bool is_normalized = false) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 12;
    options.input_channels = 1;
    options.num_classes = 4;
    options.normalized_input = is_normalized;
    return make_random_network(make_layer_graph(options), seed,
                               {.quantize_average_pool = sum_pool, .keep_effective_weights = true});
}

inline EvaluationSet images_for_changes(int64_t count) {
    const DatasetPtr dataset = std::make_shared<SyntheticData>(count, 12, 4);
    return {dataset, ImageTransform(TransformOptions{}, *dataset), 0, 16, 1};
}

inline std::vector<std::string> layers_of(const IntegerNetwork& network) {
    std::vector<std::string> layers;
    for (const IntegerNode& node : network.nodes) {
        if (node.has_weights()) layers.push_back(node.name);
    }
    return layers;
}

inline const IntegerNode& node_named(const IntegerNetwork& network, const std::string& name) {
    return network.nodes[static_cast<size_t>(network.index_of(name))];
}

}  // namespace f8net
