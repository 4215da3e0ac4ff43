// SPDX-License-Identifier: Apache-2.0
/// Dense convolutions and linear layers: direct, output in registers. A tile of pixels times a block of channel vectors
/// is accumulated over the whole window, then the epilogue runs. With N H W C codes one row of the window is one run of
/// memory, kernel * pixel pitch long, so a 3x3 convolution is three such runs and a 3-channel stem needs no special
/// case. Layouts   weights [block][kernel row][unit][vector][lane][group]; a unit is group() codes (4 bytes) of a run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/inference/kernels/generated_kernel.h"
#include "core/network/integer_network.h"

namespace f8net {

/// Output pixels and channel vectors that one pass keeps in registers.
struct TileShape {
    int height = 1, width = 1, vectors = 1;
};

/// The shape with the least work for a plane of height x width pixels and so many channel vectors.
TileShape choose_tile(const InstructionSet& set, int64_t height, int64_t width, int64_t vectors);

/// One convolution.
struct DenseSource {
    int window_rows = 1;
    int64_t units = 1;  ///< of one row of the window
    int stride = 1;
    PixelLayout codes;
};

/// One convolution, or the sum of two whose results nobody else reads: (first << shift) + second.
struct DenseSpec {
    std::vector<DenseSource> sources;
    int shift = 0;
    EpilogueSpec epilogue;
};

std::unique_ptr<GeneratedKernel> make_dense_kernel(const InstructionSet& set, const DenseSpec& spec,
                                                   const TileShape& shape, int tail_lanes, int tail_code_lanes);

/// Weights of all channel blocks in the order kernels read them, biases corrected for the offset of signed codes.
struct PackedWeights {
    std::vector<uint8_t> weights;
    std::vector<int32_t> bias;  ///< whole vectors
    int64_t units = 0;          ///< of one row of the window
    int64_t vector_bytes = 0;   ///< of one channel vector's weights
};
/// What is packed. pitch: codes between two pixels of the input.
struct DenseWeights {
    const int8_t* codes = nullptr;  ///< [out, kernel, kernel, in]
    const int32_t* bias = nullptr;  ///< [out]; null: zeros
    int64_t in_channels = 0, out_channels = 0, kernel = 1, pitch = 0;
    int32_t zero = 0;  ///< how the input's code 0 is stored

    int64_t vectors(const InstructionSet& set) const { return (out_channels + set.lanes() - 1) / set.lanes(); }
    int64_t units(const InstructionSet& set) const { return (kernel * pitch + set.group() - 1) / set.group(); }
};
PackedWeights pack_dense_weights(const InstructionSet& set, const DenseWeights& weights, int block_vectors);
/// The same in two steps, so that memory is used again and several threads can share the work.
void make_room(const InstructionSet& set, const DenseWeights& weights, PackedWeights& packed);
void pack_dense_vector(const InstructionSet& set, const DenseWeights& weights, int block_vectors, int64_t vector,
                       PackedWeights& packed);

/// A code's weight as the multiply-add wants it.
void put_weight(const InstructionSet& set, std::vector<uint8_t>& to, int64_t index, int8_t weight);

}  // namespace f8net
