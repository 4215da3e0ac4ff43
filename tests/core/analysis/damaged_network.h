// SPDX-License-Identifier: Apache-2.0
/// A network with real weights of which one layer's integers are a poor rounding of them.
#pragma once

#include "core/analysis/evaluation.h"
#include "tests/core/analysis/small_network.h"
#include "tests/core/analysis/synthetic_data.h"

namespace f8net {

inline EvaluationSet small_images(int64_t count) {
    const auto data = std::make_shared<SyntheticData>(count, 12, 4);
    return {data, ImageTransform({}, *data), 0, 8, 1};
}

inline const char* const kDamagedLayer = "stage_1_layer_0.body.1";

/// Of the layer's weights only the sign is left.
inline IntegerNetwork damaged_network() {
    IntegerNetwork network = small_network(true);
    for (int8_t& weight : network.nodes[static_cast<size_t>(network.index_of(kDamagedLayer))].weight_s8) {
        weight = weight < 0 ? int8_t{-40} : int8_t{40};
    }
    return network;
}

}  // namespace f8net
