// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/layer_profile.h"

#include "core/lowering/effective_weights.h"

namespace f8net {

std::vector<LayerProfile> profile_layers(const IntegerNetwork& network) {
    std::vector<LayerProfile> profiles;
    for (const IntegerNode& node : network.nodes) {
        if (!node.has_weights()) continue;
        LayerProfile profile;
        profile.name = node.name;
        profile.depth = static_cast<int>(profiles.size());
        profile.kind = node.kind;
        profile.is_depthwise = node.groups > 1;
        profile.input_format = node.input_format;
        profile.weight_format = node.weight_format;
        if (!node.effective_weight.empty()) profile.weight = box_plot(node.effective_weight, node.name + ".weight");
        profiles.push_back(std::move(profile));
    }
    return profiles;
}

std::vector<LayerProfile> profile_folded_layers(const TensorMap& checkpoint, const LayerGraph& graph,
                                                LoweringOptions options) {
    // Batch norm alone: no clipping levels, no rescale, no factor of the pool.
    options.clipping = false;
    options.fold_pool_scale = false;
    options.convolution_rescale = options.classifier_rescale = WeightRescale::kNone;
    const EffectiveWeights weights(checkpoint, graph, options);
    std::vector<LayerProfile> profiles;
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        LayerProfile profile;
        profile.name = layer.name;
        profile.depth = static_cast<int>(profiles.size());
        profile.kind = layer.kind == LayerKind::kConv ? NodeKind::kConv : NodeKind::kLinear;
        profile.is_depthwise = layer.is_depthwise();
        const EffectiveLayer effective =
            layer.kind == LayerKind::kConv ? weights.convolution(index) : weights.linear(index);
        profile.weight_format = weights.weight_format(effective.weight, layer.name);
        profile.weight = box_plot(effective.weight, layer.name + ".weight");
        profiles.push_back(std::move(profile));
    }
    return profiles;
}

}  // namespace f8net
