// SPDX-License-Identifier: Apache-2.0
#include "core/architecture/layer_graph.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/architecture/graph_builder.h"
#include "core/base/error.h"

namespace f8net {

std::string to_string(LayerKind kind) {
    static constexpr std::array<const char*, 7> names = {"input", "conv",     "linear",      "relu",
                                                         "add",   "max_pool", "average_pool"};
    return names[static_cast<size_t>(kind)];
}

std::vector<int64_t> Layer::weight_shape() const {
    if (kind == LayerKind::kConv) return {out_channels, in_channels / groups, window.kernel, window.kernel};
    if (kind == LayerKind::kLinear) return {out_channels, in_channels};
    return {};
}

int64_t Layer::macs() const {
    if (!has_weights()) return 0;
    const int64_t window_size = kind == LayerKind::kConv ? int64_t{window.kernel} * window.kernel : 1;
    return output.size() * (in_channels / groups) * window_size;
}

int LayerGraph::index_of(const std::string& name) const {
    for (size_t i = 0; i < layers.size(); ++i) {
        if (layers[i].name == name) return static_cast<int>(i);
    }
    return -1;
}

const Layer& LayerGraph::layer(const std::string& name) const {
    const int index = index_of(name);
    if (index >= 0) return layers[static_cast<size_t>(index)];
    std::vector<std::string> names;
    for (const Layer& each : layers) names.push_back(each.name);
    const std::string nearest = nearest_name(name, names);
    throw DataError(architecture + " has no layer '" + name + "'" +
                    (nearest.empty() ? "" : ", did you mean '" + nearest + "'?"));
}

std::vector<int> LayerGraph::weighted_layers() const {
    std::vector<int> indices;
    for (size_t i = 0; i < layers.size(); ++i) {
        if (layers[i].has_weights()) indices.push_back(static_cast<int>(i));
    }
    return indices;
}

std::vector<int> LayerGraph::readers_of(int index) const {
    std::vector<int> readers;
    for (size_t i = 0; i < layers.size(); ++i) {
        const auto& inputs = layers[i].inputs;
        if (std::find(inputs.begin(), inputs.end(), index) != inputs.end()) readers.push_back(static_cast<int>(i));
    }
    return readers;
}

int LayerGraph::unit_of(int index) const {
    const Layer& layer = layers[static_cast<size_t>(index)];
    switch (layer.kind) {
        case LayerKind::kConv:
            return layer.consumer;
        case LayerKind::kRelu:
        case LayerKind::kMaxPool:
        case LayerKind::kAdd:  // the body's, which is the first operand
            return unit_of(layer.inputs[0]);
        default:
            return -1;
    }
}

int64_t LayerGraph::macs() const {
    int64_t sum = 0;
    for (const Layer& each : layers) sum += each.macs();
    return sum;
}

int64_t LayerGraph::parameters() const {
    int64_t sum = 0;
    for (const Layer& each : layers) {
        if (!each.has_weights()) continue;
        int64_t weights = 1;
        for (const int64_t dimension : each.weight_shape()) weights *= dimension;
        sum += weights + (each.kind == LayerKind::kConv ? 2 : 1) * each.out_channels;
    }
    return sum;
}

const std::vector<std::string>& known_architectures() {
    static const std::vector<std::string> names = {"resnet18",  "resnet34",     "resnet50",    "resnet101",
                                                   "resnet152", "mobilenet_v1", "mobilenet_v2"};
    return names;
}

LayerGraph make_layer_graph(const ArchitectureOptions& options) {
    const auto& names = known_architectures();
    if (std::find(names.begin(), names.end(), options.architecture) == names.end()) {
        const std::string nearest = nearest_name(options.architecture, names);
        throw ConfigError("network.architecture is '" + options.architecture + "', which is not known" +
                          (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
    if (!(options.width_multiplier > 0.0) || !(options.width_multiplier <= 64.0)) {
        throw ConfigError("network.width_multiplier is " + std::to_string(options.width_multiplier) +
                          ", expected above 0, up to 64");
    }
    const auto positive = [](const char* key, int value) {
        if (value < 1) throw ConfigError(std::string(key) + " is " + std::to_string(value) + ", expected at least 1");
    };
    positive("network.image_size", options.image_size);
    positive("network.input_channels", options.input_channels);
    positive("network.num_classes", options.num_classes);
    if (options.architecture == "mobilenet_v1") return make_mobilenet_v1(options);
    if (options.architecture == "mobilenet_v2") return make_mobilenet_v2(options);
    return make_resnet(options, std::stoi(options.architecture.substr(6)));
}

}  // namespace f8net
