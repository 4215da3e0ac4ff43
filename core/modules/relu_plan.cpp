// SPDX-License-Identifier: Apache-2.0
#include "core/modules/relu_plan.h"

#include <algorithm>

namespace f8net {
namespace {

const Layer& layer_at(const LayerGraph& graph, int index) {
    return graph.layers[static_cast<size_t>(index)];
}

/// In every mode: the mask of an unsigned quantizer is 0 < code < highest, that of its clip the same before rounding,
/// and without a clip it is a ReLU. Each holds only where the value is positive.
bool all_mask_their_gradient(const LayerGraph& graph, const std::vector<int>& readers) {
    return std::ranges::all_of(readers, [&](int reader) {
        const Layer& layer = layer_at(graph, reader);
        return layer.has_weights() && !layer.input_is_signed && !layer.reads_pixels;
    });
}

/// Convolutions and additions keep nothing of their result for their gradient.
bool may_overwrite(const LayerGraph& graph, int index) {
    const LayerKind kind = layer_at(graph, index).kind;
    return (kind == LayerKind::kConv || kind == LayerKind::kAdd) && graph.readers_of(index).size() == 1;
}

}  // namespace

std::vector<ReluStep> plan_relus(const LayerGraph& graph, bool fuses) {
    std::vector<ReluStep> steps(graph.layers.size());
    for (int relu = 0; relu < static_cast<int>(steps.size()); ++relu) {
        if (layer_at(graph, relu).kind != LayerKind::kRelu) continue;
        const std::vector<int> readers = graph.readers_of(relu);
        const int input = layer_at(graph, relu).inputs[0];
        int place = relu;
        if (fuses && readers.size() == 1 && layer_at(graph, readers[0]).kind == LayerKind::kMaxPool) {
            place = readers[0];
        } else if (fuses && layer_at(graph, input).kind == LayerKind::kAdd && graph.readers_of(input).size() == 1) {
            place = input;
        }
        const ReluMask mask = all_mask_their_gradient(graph, readers) ? ReluMask::kReaders : ReluMask::kOwn;
        steps[static_cast<size_t>(place)] = {true, mask, may_overwrite(graph, layer_at(graph, place).inputs[0])};
    }
    return steps;
}

}  // namespace f8net
