// SPDX-License-Identifier: Apache-2.0
// MobileNetV1: depthwise 3x3 and pointwise convolutions, no branches. Source: method.md 4.
#include <array>

#include "core/architecture/graph_builder.h"

namespace f8net {

LayerGraph make_mobilenet_v1(const ArchitectureOptions& options) {
    struct Stage {
        int channels, blocks, stride;
    };
    // With the small stem the first two stride-2 steps (head and second stage) keep the resolution.
    const int early_stride = options.stem == Stem::kSmall ? 1 : 2;
    const std::array<Stage, 5> stages = {{{64, 1, 1}, {128, 2, early_stride}, {256, 2, 2}, {512, 6, 2}, {1024, 2, 2}}};

    GraphBuilder builder(options);
    int top = builder.conv("head.0", 0, builder.channels(32), {3, early_stride, 1});
    for (int stage = 0; stage < static_cast<int>(stages.size()); ++stage) {
        const Stage& each = stages[static_cast<size_t>(stage)];
        for (int block = 0; block < each.blocks; ++block) {
            builder.set_position(stage, block);
            const std::string prefix = "stage_" + std::to_string(stage) + "_layer_" + std::to_string(block);
            const int channels = builder.channels_of(top);
            top = builder.conv(prefix + ".body.0", top, channels, {3, block == 0 ? each.stride : 1, 1}, channels);
            top = builder.conv(prefix + ".body.1", top, builder.channels(each.channels), {1, 1, 0});
            top = builder.relu(prefix + ".relu", top);
        }
    }
    builder.set_position(-1, -1);
    builder.linear("classifier.0", builder.global_average_pool("pool", top), options.num_classes);
    return builder.finish();
}

}  // namespace f8net
