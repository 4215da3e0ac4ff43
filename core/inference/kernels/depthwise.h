// SPDX-License-Identifier: Apache-2.0
/// Depthwise convolutions, one output per channel. The multiply-add sums neighbouring codes, so neighbouring pixels of
/// a row are interleaved: each int32 lane then multiplies group() pixels of its channel with a row of the window at
/// once. Every interleaved vector serves all output rows and columns of the tile that its pixels take part in.
/// Layouts   weights [channel block][kernel row][pixel group][tile column][vector]; accumulators that are stored lie in
/// the order of the registers: [pixel][block][vector][lane], see unpermute_accumulators().
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/inference/kernels/generated_kernel.h"
#include "core/network/integer_network.h"

namespace f8net {

/// Channels that lie in one vector register.
struct ChannelBlock {
    int64_t first = 0;     ///< channel
    int vector_bytes = 0;  ///< 16, 32, 64
    int store_bytes = 0;   ///< of codes: the vector, or 8 codes where the pixel ends
};
/// pitch: codes of a pixel, a multiple of 8.
std::vector<ChannelBlock> split_channels(const InstructionSet& set, int64_t pitch);

struct DepthwiseSpec {
    int kernel = 1, stride = 1;
    PixelLayout codes;
    EpilogueSpec epilogue;  ///< no residual, no stream; int32_layout is that of the register order
};

struct DepthwiseTile {
    int rows = 1, columns = 1;
};

/// Windows that are generated; larger ones go to the law.
constexpr int kLargestDepthwiseKernel = 9;

DepthwiseTile choose_depthwise_tile(const InstructionSet& set, const DepthwiseSpec& spec, int64_t height,
                                    int64_t width);

/// A kernel for `part` of the tile that the weights are laid out for (edges have fewer rows and columns).
std::unique_ptr<GeneratedKernel> make_depthwise_kernel(const InstructionSet& set, const DepthwiseSpec& spec,
                                                       const DepthwiseTile& whole, const DepthwiseTile& part,
                                                       const ChannelBlock& block);

struct PackedDepthwise {
    std::vector<uint8_t> weights;
    std::vector<int32_t> bias;
    std::vector<int64_t> weight_offsets, bias_offsets;  ///< per block: bytes, elements
};
PackedDepthwise pack_depthwise_weights(const InstructionSet& set, const IntegerNode& node,
                                       const std::vector<ChannelBlock>& blocks, const DepthwiseTile& tile);

/// One pixel from the order of the registers to channels.
void unpermute_accumulators(const InstructionSet& set, const std::vector<ChannelBlock>& blocks, int64_t channels,
                            const int32_t* from, int32_t* to);

}  // namespace f8net
