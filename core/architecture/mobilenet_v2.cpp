// SPDX-License-Identifier: Apache-2.0
// MobileNetV2: inverted residuals, linear bottlenecks. No ReLU after a projection, so expansion convolutions (and the
// tail) read signed values; only the first stage, which has no expansion, reads unsigned ones. Source: method.md 4.
#include <array>

#include "core/architecture/graph_builder.h"

namespace f8net {
namespace {

int append_block(GraphBuilder& builder, const std::string& prefix, int input, int expansion, int out_channels,
                 int stride) {
    const int in_channels = builder.channels_of(input);
    const int inner = in_channels * expansion;
    const bool is_identity = stride == 1 && in_channels == out_channels;
    int top = input, part = 0, first = -1;
    const auto body = [&](int channels, Window window, int groups) {
        top = builder.conv(prefix + ".body." + std::to_string(part++), top, channels, window, groups);
        if (first < 0) first = top;
    };
    if (expansion > 1) {
        body(inner, {1, 1, 0}, 1);
        builder.set_signed_input(first);
    }
    body(inner, {3, stride, 1}, inner);
    body(out_channels, {1, 1, 0}, 1);
    builder.read_stream({first}, is_identity);
    return is_identity ? builder.add(prefix + ".add", top, input) : top;
}

}  // namespace

LayerGraph make_mobilenet_v2(const ArchitectureOptions& options) {
    struct Stage {
        int expansion, channels, blocks, stride;
    };
    // With the small stem the first two stride-2 steps (head and second stage) keep the resolution.
    const int early_stride = options.stem == Stem::kSmall ? 1 : 2;
    const std::array<Stage, 7> stages = {{{1, 16, 1, 1},
                                          {6, 24, 2, early_stride},
                                          {6, 32, 3, 2},
                                          {6, 64, 4, 2},
                                          {6, 96, 3, 1},
                                          {6, 160, 3, 2},
                                          {6, 320, 1, 1}}};

    GraphBuilder builder(options);
    int top = builder.conv("head.0", 0, builder.channels(32), {3, early_stride, 1});
    // In narrow networks the first stage is an identity block and adds this stream, so its ReLU must not be left to the
    // next layer's clip.
    top = builder.relu("head.relu", top);
    for (int stage = 0; stage < static_cast<int>(stages.size()); ++stage) {
        const Stage& each = stages[static_cast<size_t>(stage)];
        for (int block = 0; block < each.blocks; ++block) {
            builder.set_position(stage, block);
            const std::string prefix = "stage_" + std::to_string(stage) + "_layer_" + std::to_string(block);
            top = append_block(builder, prefix, top, each.expansion, builder.channels(each.channels),
                               block == 0 ? each.stride : 1);
        }
    }
    builder.set_position(-1, -1);
    top = builder.conv("tail.0", top, builder.channels(1280), {1, 1, 0});
    builder.set_signed_input(top);
    top = builder.relu("tail.relu", top);
    builder.linear("classifier.0", builder.global_average_pool("pool", top), options.num_classes);
    return builder.finish();
}

}  // namespace f8net
