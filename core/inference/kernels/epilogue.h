// SPDX-License-Identifier: Apache-2.0
/// What happens to accumulators while they are still in registers: residual sum, ReLU, requantization to the codes of
/// each reader, and int32 copies where somebody wants them. One description for all kernels.
///
/// Order   store accumulators; (acc << own_shift) + (residual << residual_shift), clamped; store sums; ReLU; store
///         stream; for each output: round half to even by its shift, clamp, narrow, store.
/// Exact   a narrow sum asks that its bound stays inside int32 (who makes the kernel has proved it), a wide one is
///         computed in 64 bits. A requantization clamps before it rounds, which is the same and cannot overflow.
/// Source  method.md 1, 5; core/fixedpoint/requantize.h is the law.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/inference/kernels/instruction_set.h"

namespace f8net {

constexpr int kMaxCodeOutputs = 4;

/// Distances in memory of pixels, in bytes.
struct PixelLayout {
    int64_t row_bytes = 0, pixel_bytes = 0;
};

/// What a kernel is called with: pointers at the first tile's first pixel and the channel block's first channel. A
/// kernel moves them on from tile to tile.
struct KernelArguments {
    /// Per source of a sum: the window of the first pixel, its upper left corner; weights; biases.
    const void* codes[2] = {};
    const void* weights[2] = {};
    const int32_t* bias[2] = {};
    const void* constants = nullptr;  ///< EpilogueConstants
    int64_t tiles = 0;                ///< how many tiles, left to right
    const int32_t* residual = nullptr;
    int32_t *accumulators = nullptr, *sums = nullptr, *stream = nullptr;
    float* reals = nullptr;
    const float* real_bias = nullptr;  ///< whole vectors; not moved on
    void* outputs[kMaxCodeOutputs] = {};
};
using KernelFunction = void (*)(KernelArguments*);

struct CodeOutput {
    PixelLayout layout;
    int shift = 0;  ///< fractional length of the value minus that of the format
    FixedPointFormat format;
    int32_t zero = 0;  ///< how the code 0 is stored
};

struct EpilogueSpec {
    bool stores_accumulators = false, stores_sums = false, stores_stream = false;
    bool stores_reals = false;  ///< float(accumulator) * scale + bias; the only output then
    bool adds_residual = false, is_wide_sum = false, has_relu = false;
    int own_shift = 0, residual_shift = 0;
    PixelLayout int32_layout;  ///< residual, accumulators, sums
    PixelLayout residual_layout, stream_layout, real_layout;
    std::vector<CodeOutput> outputs;
};

/// Shifts that generated code handles; others go to the law.
bool can_requantize_inline(int shift);

/// Numbers an epilogue reads from memory, each repeated over a vector.
struct alignas(64) EpilogueConstants {
    struct Output {
        int32_t low[16], high[16], addend[16];
    };
    int32_t tail_mask[16] = {};  ///< all ones in the lanes of the last vector that hold channels
    int32_t lowest[16];          ///< -(2^31 - 1)
    int32_t zero[16] = {};
    float real_scale[16];
    Output outputs[kMaxCodeOutputs];

    EpilogueConstants(const EpilogueSpec& spec, int tail_lanes, float scale = 1);
};

/// Registers of every generated kernel.
namespace kernel_registers {
inline const Xbyak::Reg64 arguments = Xbyak::util::rdi, codes = Xbyak::util::rsi, weights = Xbyak::util::rdx,
                          counter = Xbyak::util::rcx, row = Xbyak::util::r8, rows = Xbyak::util::r9,
                          constants = Xbyak::util::r10, tiles = Xbyak::util::r11, pointer = Xbyak::util::rax;
}

/// An accumulator register: where its pixel lies in the tile, and which vector of the channel block it holds.
struct AccumulatorAt {
    int reg = 0;
    int y = 0, x = 0, vector = 0;
};

struct EpilogueTile {
    std::vector<AccumulatorAt> accumulators;
    std::vector<int> temporaries;  ///< at least 2, 3 for wide sums
    int vectors = 1;               ///< of the channel block
    int tail_lanes = 0;            ///< channels in the last vector where they do not fill it, else 0
    int tail_code_lanes = 0;       ///< codes to store of the last vector: all lanes, or 8
    int64_t width = 1;             ///< pixels that the next tile lies to the right
};

void emit_epilogue(Code& code, const InstructionSet& set, const EpilogueSpec& spec, const EpilogueTile& tile);
/// Fetches the int32 that the epilogue will read and write, so that they arrive while the tile is being computed.
void emit_prefetch(Code& code, const InstructionSet& set, const EpilogueSpec& spec, const EpilogueTile& tile);

/// The part for one output and one vector: the lanes of `from` become stored codes in `value` (which may be the same).
void emit_requantize(Code& code, const CodeOutput& output, size_t index, const Vector& from, const Vector& value,
                     const Vector& temporary);

/// value becomes float(value) * scale + bias; r::rows points to the biases of the vectors.
void emit_to_real(Code& code, const Vector& value, int64_t bias_offset);

/// Moves an argument pointer on by so many bytes.
void emit_advance(Code& code, size_t argument_offset, int64_t bytes);

}  // namespace f8net
