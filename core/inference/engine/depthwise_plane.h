// SPDX-License-Identifier: Apache-2.0
/// A plane of results cut into what depthwise kernels compute in one go, with the kernels for its edges.
/// Threads  run_strip() may be called by many.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "core/inference/kernels/depthwise.h"

namespace f8net {

class DepthwisePlane {
public:
    DepthwisePlane(const InstructionSet& set, const Shape& out, const DepthwiseSpec& spec)
        : out_(out),
          blocks_(split_channels(set, (out.channels + 7) / 8 * 8)),
          tile_(choose_depthwise_tile(set, spec, out.height, out.width)) {
        for (const ChannelBlock& block : blocks_) {
            for (const int64_t rows : {int64_t{tile_.rows}, out_.height % tile_.rows}) {
                for (const int64_t columns : {int64_t{tile_.columns}, out_.width % tile_.columns}) {
                    auto& kernel = kernels_[{rows, columns, block.vector_bytes, block.store_bytes}];
                    if (rows == 0 || columns == 0 || kernel != nullptr) continue;
                    kernel = make_depthwise_kernel(set, spec, tile_,
                                                   {static_cast<int>(rows), static_cast<int>(columns)}, block);
                }
            }
        }
    }

    const std::vector<ChannelBlock>& blocks() const { return blocks_; }
    const DepthwiseTile& tile() const { return tile_; }
    int64_t strips() const { return (out_.height + tile_.rows - 1) / tile_.rows; }
    int64_t rows_of(int64_t strip) const { return std::min<int64_t>(tile_.rows, out_.height - strip * tile_.rows); }

    /// All channels of some rows. point(arguments, y, x, block) sets all pointers but the weights' to a pixel and the
    /// block's first channel.
    template <typename Point>
    void run_strip(int64_t strip, const PackedDepthwise& packed, const EpilogueConstants& constants,
                   const Point& point) const {
        const int64_t tiles = out_.width / tile_.columns, rest = out_.width % tile_.columns;
        for (size_t index = 0; index < blocks_.size(); ++index) {
            const ChannelBlock& block = blocks_[index];
            KernelArguments arguments;
            arguments.weights[0] = packed.weights.data() + packed.weight_offsets[index];
            arguments.bias[0] = packed.bias.data() + packed.bias_offsets[index];
            arguments.constants = &constants;
            const auto run_tiles = [&](int64_t x, int64_t count, int64_t columns) {
                arguments.tiles = count;
                point(arguments, strip * tile_.rows, x, index);
                (*kernels_.at({rows_of(strip), columns, block.vector_bytes, block.store_bytes}))(arguments);
            };
            if (tiles > 0) run_tiles(0, tiles, tile_.columns);
            if (rest > 0) run_tiles(tiles * tile_.columns, 1, rest);
        }
    }

private:
    const Shape out_;
    const std::vector<ChannelBlock> blocks_;
    const DepthwiseTile tile_;
    std::map<std::tuple<int64_t, int64_t, int, int>, std::unique_ptr<GeneratedKernel>> kernels_;
};

}  // namespace f8net
