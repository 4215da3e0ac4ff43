// SPDX-License-Identifier: Apache-2.0
#include "core/inference/kernels/max_pool.h"

namespace f8net {
namespace {

using Xbyak::Label;
namespace r = kernel_registers;

/// for each tile: body, then one output pixel to the right.
template <typename Body>
void for_each_pixel(Code& code, const MaxPoolSpec& spec, const Body& body) {
    const auto argument = [&](size_t offset) { return code.ptr[r::arguments + offset]; };
    code.mov(r::codes, argument(offsetof(KernelArguments, codes)));
    code.mov(r::constants, argument(offsetof(KernelArguments, constants)));
    code.mov(r::tiles, argument(offsetof(KernelArguments, tiles)));
    Label next;
    code.align(16);
    code.L(next);
    body();
    code.add(r::codes, static_cast<uint32_t>(spec.stride * spec.input.pixel_bytes));
    code.dec(r::tiles);
    code.jnz(next, Code::T_NEAR);
}

template <typename Body>
void for_each_tap(const MaxPoolSpec& spec, const Body& body) {
    for (int y = 0; y < spec.kernel; ++y) {
        for (int x = 0; x < spec.kernel; ++x)
            body(static_cast<size_t>(y * spec.input.row_bytes + x * spec.input.pixel_bytes), y == 0 && x == 0);
    }
}

}  // namespace

std::unique_ptr<GeneratedKernel> make_code_max_pool(const InstructionSet& set, const MaxPoolSpec& spec,
                                                    const PixelLayout& output, const ChannelBlock& block) {
    return std::make_unique<GeneratedKernel>([&](Code& code) {
        for_each_pixel(code, spec, [&] {
            const Vector largest = set.vector(0, block.vector_bytes);
            for_each_tap(spec, [&](size_t offset, bool is_first) {
                const Xbyak::Address from = code.ptr[r::codes + offset];
                if (is_first)
                    set.load(code, largest, from);
                else
                    set.max_codes(code, largest, largest, from);
            });
            const size_t argument = offsetof(KernelArguments, outputs);
            code.mov(r::pointer, code.ptr[r::arguments + argument]);
            if (block.store_bytes == 8)
                code.vmovq(code.qword[r::pointer], Xbyak::Xmm(0));
            else
                set.store(code, code.ptr[r::pointer], largest);
            emit_advance(code, argument, output.pixel_bytes);
        });
    });
}

std::unique_ptr<GeneratedKernel> make_int32_max_pool(const InstructionSet& set, const MaxPoolSpec& spec,
                                                     const EpilogueSpec& epilogue, int vectors, int tail_lanes,
                                                     int tail_code_lanes) {
    return std::make_unique<GeneratedKernel>([&](Code& code) {
        EpilogueTile tile;
        for (int v = 0; v < vectors; ++v) tile.accumulators.push_back({v, 0, 0, v});
        for (int reg = vectors; reg < vectors + 3; ++reg) tile.temporaries.push_back(reg);
        tile.vectors = vectors;
        tile.tail_lanes = tail_lanes;
        tile.tail_code_lanes = tail_code_lanes;
        if (tail_lanes != 0) set.begin_tail(code, tail_lanes);
        for_each_pixel(code, spec, [&] {
            for_each_tap(spec, [&](size_t offset, bool is_first) {
                for (int v = 0; v < vectors; ++v) {
                    const Vector largest = set.vector(v);
                    const Xbyak::Address from =
                        code.ptr[r::codes + offset + static_cast<size_t>(v * set.vector_bytes())];
                    if (is_first)
                        set.load(code, largest, from);
                    else
                        code.vpmaxsd(largest, largest, from);
                }
            });
            emit_epilogue(code, set, epilogue, tile);
        });
    });
}

}  // namespace f8net
