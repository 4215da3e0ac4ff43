// SPDX-License-Identifier: Apache-2.0
/// Max pools: on codes, since rounding keeps their order; or on int32 where a sum reads the result. Both read a plane
/// whose border holds zeros.   Layout  as the tensors; one pixel at a time, channels in blocks.
#pragma once

#include <memory>

#include "core/inference/kernels/depthwise.h"

namespace f8net {

struct MaxPoolSpec {
    int kernel = 1, stride = 1;
    PixelLayout input;
};

/// One vector of codes, to arguments.outputs[0].
std::unique_ptr<GeneratedKernel> make_code_max_pool(const InstructionSet& set, const MaxPoolSpec& spec,
                                                    const PixelLayout& output, const ChannelBlock& block);

/// `vectors` vectors of int32 (at most 8), read from arguments.codes, then the epilogue.
std::unique_ptr<GeneratedKernel> make_int32_max_pool(const InstructionSet& set, const MaxPoolSpec& spec,
                                                     const EpilogueSpec& epilogue, int vectors, int tail_lanes,
                                                     int tail_code_lanes);

}  // namespace f8net
