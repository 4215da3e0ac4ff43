// SPDX-License-Identifier: Apache-2.0
// What holds for every graph, whatever its options (RapidCheck prints the seed of a failure).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "core/architecture/layer_graph.h"

namespace f8net {
namespace {

ArchitectureOptions any_options() {
    ArchitectureOptions options;
    options.architecture = *rc::gen::elementOf(known_architectures());
    options.width_multiplier = *rc::gen::inRange(1, 200) / 100.0;
    options.stem = *rc::gen::element(Stem::kImageNet, Stem::kSmall);
    options.image_size = *rc::gen::inRange(32, 130);
    options.input_channels = *rc::gen::inRange(1, 4);
    options.num_classes = *rc::gen::inRange(1, 1001);
    options.normalized_input = *rc::gen::arbitrary<bool>();
    return options;
}

void check_connections(const LayerGraph& graph) {
    std::set<std::string> names;
    for (size_t i = 0; i < graph.layers.size(); ++i) {
        const Layer& layer = graph.layers[i];
        RC_ASSERT(names.insert(layer.name).second);
        RC_ASSERT(layer.inputs.size() == (i == 0 ? 0u : layer.kind == LayerKind::kAdd ? 2u : 1u));
        RC_ASSERT(layer.output.size() > 0);
        for (const int input : layer.inputs) RC_ASSERT(input >= 0 && input < static_cast<int>(i));
        RC_ASSERT(i + 1 == graph.layers.size() || !graph.readers_of(static_cast<int>(i)).empty());
        if (layer.kind == LayerKind::kConv || layer.kind == LayerKind::kMaxPool) {
            const Shape& in = graph.layers[static_cast<size_t>(layer.inputs[0])].output;
            RC_ASSERT(layer.output.height ==
                      (in.height + 2 * layer.window.padding - layer.window.kernel) / layer.window.stride + 1);
        }
    }
}

void check_quantization(const LayerGraph& graph) {
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        const Layer& input = graph.layers[static_cast<size_t>(layer.inputs[0])];
        RC_ASSERT(layer.in_channels == input.output.channels);
        RC_ASSERT(layer.out_channels == layer.output.channels);
        RC_ASSERT(layer.groups == 1 || layer.groups == layer.in_channels);
        RC_ASSERT(layer.in_channels % 8 == 0 || index == 1);
        const Layer& owner = graph.layers[static_cast<size_t>(layer.clip_owner)];
        RC_ASSERT(layer.clip_owner <= index && owner.clip_owner == layer.clip_owner);
        RC_ASSERT((layer.consumer < 0) == (&layer == &graph.layers.back()));
        if (layer.consumer >= 0)
            RC_ASSERT(layer.consumer > index && graph.layers[static_cast<size_t>(layer.consumer)].has_weights());
    }
}

/// Both branches of a sum have to be divided by the same eta.
void check_sums(const LayerGraph& graph) {
    for (const Layer& layer : graph.layers) {
        if (layer.kind != LayerKind::kAdd) continue;
        const Layer& body = graph.layers[static_cast<size_t>(layer.inputs[0])];
        const Layer& stream = graph.layers[static_cast<size_t>(layer.inputs[1])];
        RC_ASSERT(body.output == layer.output && stream.output == layer.output);
        if (stream.kind == LayerKind::kConv && stream.name.find("shortcut") != std::string::npos)
            RC_ASSERT(stream.consumer == body.consumer);
    }
}

TEST(LayerGraphProperties, EveryGraphIsConsistent) {
    EXPECT_TRUE(rc::check("connections, channels, owners, consumers", [] {
        const LayerGraph graph = make_layer_graph(any_options());
        check_connections(graph);
        check_quantization(graph);
        check_sums(graph);
    }));
}

}  // namespace
}  // namespace f8net
