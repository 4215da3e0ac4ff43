// SPDX-License-Identifier: Apache-2.0
#include "core/architecture/graph_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"

namespace f8net {

GraphBuilder::GraphBuilder(const ArchitectureOptions& options) : options_(options) {
    graph_.architecture = options.architecture;
    graph_.num_classes = options.num_classes;
    Layer input;
    input.name = "input";
    input.output = {options.input_channels, options.image_size, options.image_size};
    append(std::move(input));
}

int GraphBuilder::channels(int count) const {
    if (options_.width_multiplier == 1.0) return count;
    return std::max(8, static_cast<int>(std::floor(count * options_.width_multiplier / 8.0 + 0.5)) * 8);
}

int GraphBuilder::channels_of(int layer) const {
    return static_cast<int>(graph_.layers[static_cast<size_t>(layer)].output.channels);
}

int GraphBuilder::append(Layer layer) {
    layer.stage = stage_;
    layer.block = block_;
    graph_.layers.push_back(std::move(layer));
    return static_cast<int>(graph_.layers.size()) - 1;
}

void GraphBuilder::set_position(int stage, int block) {
    stage_ = stage;
    block_ = block;
}

namespace {

Shape windowed(const Shape& input, const Window& window, int64_t channels, const ArchitectureOptions& options) {
    if (window.stride > 1 && (input.height < window.stride || input.width < window.stride)) {
        throw ConfigError("network.image_size is " + std::to_string(options.image_size) + ", too small for " +
                          options.architecture +
                          (options.stem == Stem::kSmall ? "" : "; network.stem: small takes smaller images"));
    }
    const auto size = [&](int64_t in) { return (in + 2 * window.padding - window.kernel) / window.stride + 1; };
    return {channels, size(input.height), size(input.width)};
}

}  // namespace

int GraphBuilder::conv(const std::string& name, int input, int out_channels, Window window, int groups) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kConv;
    layer.inputs = {input};
    layer.in_channels = channels_of(input);
    layer.out_channels = out_channels;
    layer.groups = groups;
    layer.window = window;
    layer.output = windowed(graph_.layers[static_cast<size_t>(input)].output, window, out_channels, options_);
    layer.clip_owner = static_cast<int>(graph_.layers.size());
    if (input == 0) {
        layer.reads_pixels = !options_.normalized_input;
        layer.input_is_signed = options_.normalized_input;
    }
    return append(std::move(layer));
}

int GraphBuilder::relu(const std::string& name, int input) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kRelu;
    layer.inputs = {input};
    layer.output = graph_.layers[static_cast<size_t>(input)].output;
    return append(std::move(layer));
}

int GraphBuilder::add(const std::string& name, int body, int stream) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kAdd;
    layer.inputs = {body, stream};
    layer.output = graph_.layers[static_cast<size_t>(body)].output;
    if (!(graph_.layers[static_cast<size_t>(stream)].output == layer.output)) {
        throw ShapeError(name, "two operands of one shape", "different ones");
    }
    return append(std::move(layer));
}

int GraphBuilder::max_pool(const std::string& name, int input, Window window) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kMaxPool;
    layer.inputs = {input};
    layer.window = window;
    const Shape& shape = graph_.layers[static_cast<size_t>(input)].output;
    layer.output = windowed(shape, window, shape.channels, options_);
    return append(std::move(layer));
}

int GraphBuilder::global_average_pool(const std::string& name, int input) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kAveragePool;
    layer.inputs = {input};
    const Shape& shape = graph_.layers[static_cast<size_t>(input)].output;
    layer.window = {static_cast<int>(shape.height), 1, 0};
    layer.output = {shape.channels, 1, 1};
    return append(std::move(layer));
}

int GraphBuilder::linear(const std::string& name, int input, int out_features) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kLinear;
    layer.inputs = {input};
    layer.in_channels = channels_of(input);
    layer.out_channels = out_features;
    layer.output = {out_features, 1, 1};
    layer.clip_owner = static_cast<int>(graph_.layers.size());
    return append(std::move(layer));
}

void GraphBuilder::read_stream(const std::vector<int>& readers, bool is_identity) {
    if (is_identity && stream_owner_ < 0) stream_owner_ = readers.front();
    if (stream_owner_ >= 0) {
        for (const int reader : readers) graph_.layers[static_cast<size_t>(reader)].clip_owner = stream_owner_;
    }
    if (!is_identity) stream_owner_ = -1;
}

int GraphBuilder::consumer_of(int index) const {
    // In execution order the next block's first convolution comes before its shortcut and its sum.
    const std::vector<int> readers = graph_.readers_of(index);
    for (const int reader : readers) {
        if (graph_.layers[static_cast<size_t>(reader)].has_weights()) return reader;
    }
    return readers.empty() ? -1 : consumer_of(readers.front());
}

LayerGraph GraphBuilder::finish() {
    for (const int index : graph_.weighted_layers())
        graph_.layers[static_cast<size_t>(index)].consumer = consumer_of(index);
    return std::move(graph_);
}

}  // namespace f8net
