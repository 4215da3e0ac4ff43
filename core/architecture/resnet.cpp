// SPDX-License-Identifier: Apache-2.0
// ResNet 18/34 (basic blocks) and 50/101/152 (bottlenecks with the stride in the 3x3 convolution). Source: method.md 4.
#include <array>

#include "core/architecture/graph_builder.h"

namespace f8net {
namespace {

std::array<int, 4> blocks_per_stage(int depth) {
    switch (depth) {
        case 18:
            return {2, 2, 2, 2};
        case 34:
        case 50:
            return {3, 4, 6, 3};
        case 101:
            return {3, 4, 23, 3};
        default:
            return {3, 8, 36, 3};
    }
}

/// Body of one block; gives its first and last layer.
std::pair<int, int> append_body(GraphBuilder& builder, const std::string& prefix, int input, bool is_bottleneck,
                                int inner, int outer, int stride) {
    if (is_bottleneck) {
        const int first = builder.conv(prefix + ".body.0", input, inner, {1, 1, 0});
        const int middle = builder.conv(prefix + ".body.1", first, inner, {3, stride, 1});
        return {first, builder.conv(prefix + ".body.2", middle, outer, {1, 1, 0})};
    }
    const int first = builder.conv(prefix + ".body.0", input, inner, {3, stride, 1});
    return {first, builder.conv(prefix + ".body.1", first, outer, {3, 1, 1})};
}

int append_block(GraphBuilder& builder, int stage, int block, int input, bool is_bottleneck, int inner, int outer) {
    builder.set_position(stage, block);
    const std::string prefix = "stage_" + std::to_string(stage) + "_layer_" + std::to_string(block);
    const int stride = stage > 0 && block == 0 ? 2 : 1;
    const bool is_identity = stride == 1 && builder.channels_of(input) == outer;
    const auto [first, last] = append_body(builder, prefix, input, is_bottleneck, inner, outer, stride);
    int stream = input;
    std::vector<int> readers = {first};
    if (!is_identity) {
        stream = builder.conv(prefix + ".shortcut.0", input, outer, {1, stride, 0});
        readers.push_back(stream);
    }
    builder.read_stream(readers, is_identity);
    return builder.relu(prefix + ".relu", builder.add(prefix + ".add", last, stream));
}

}  // namespace

LayerGraph make_resnet(const ArchitectureOptions& options, int depth) {
    GraphBuilder builder(options);
    const bool small = builder.small_stem();
    int top = builder.conv("head.0", 0, builder.channels(64), small ? Window{3, 1, 1} : Window{7, 2, 3});
    top = builder.relu("head.relu", top);
    if (!small) top = builder.max_pool("head.max_pool", top, {3, 2, 1});

    const bool is_bottleneck = depth >= 50;
    const auto blocks = blocks_per_stage(depth);
    for (int stage = 0; stage < 4; ++stage) {
        const int inner = builder.channels(64 << stage);
        const int outer = is_bottleneck ? builder.channels(256 << stage) : inner;
        for (int block = 0; block < blocks[static_cast<size_t>(stage)]; ++block) {
            top = append_block(builder, stage, block, top, is_bottleneck, inner, outer);
        }
    }
    builder.set_position(-1, -1);
    builder.linear("classifier.0", builder.global_average_pool("pool", top), options.num_classes);
    return builder.finish();
}

}  // namespace f8net
