// SPDX-License-Identifier: Apache-2.0
#include "core/training/weight_decay.h"

namespace f8net {

double weight_decay_of(int64_t dimensions, bool is_depthwise, WeightDecayScheme scheme, double weight_decay) {
    const bool is_clip_level = dimensions == 0;
    const bool is_matrix = dimensions == 2 || dimensions == 4;
    bool decays = false;
    switch (scheme) {
        case WeightDecayScheme::kAll:
            decays = true;
            break;
        case WeightDecayScheme::kOnlyNoDepthwise:
            decays = !is_clip_level && !is_depthwise;
            break;
        case WeightDecayScheme::kOnlyNoBatchNorm:
            decays = is_matrix;
            break;
        case WeightDecayScheme::kNoDepthwiseNoBatchNorm:
            decays = is_matrix && !is_depthwise;
            break;
    }
    return decays ? weight_decay : 0;
}

}  // namespace f8net
