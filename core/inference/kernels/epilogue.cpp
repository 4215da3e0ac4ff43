// SPDX-License-Identifier: Apache-2.0
#include "core/inference/kernels/epilogue.h"

#include <algorithm>
#include <limits>

namespace f8net {
namespace {

using Xbyak::Address;
namespace r = kernel_registers;

constexpr int kLargestRightShift = 22;  // 255 << 22, and half of 1 << 22 more, stay inside int32
constexpr int kLargestLeftShift = 8;    // codes beyond it are 0 or the limit; nobody has such formats

size_t constant_offset(size_t index, size_t member) {
    return offsetof(EpilogueConstants, outputs) + index * sizeof(EpilogueConstants::Output) + member;
}

Address constant(Code& code, size_t offset) {
    return code.ptr[r::constants + offset];
}

class EpilogueEmitter {
public:
    EpilogueEmitter(Code& code, const InstructionSet& set, const EpilogueSpec& spec, const EpilogueTile& tile)
        : code_(code), set_(set), spec_(spec), tile_(tile) {}

    void run() {
        if (spec_.stores_accumulators) store_int32(offsetof(KernelArguments, accumulators), spec_.int32_layout);
        if (spec_.adds_residual) add_residual();
        if (spec_.stores_sums) store_int32(offsetof(KernelArguments, sums), spec_.int32_layout);
        if (spec_.has_relu) relu();
        if (spec_.stores_stream) store_int32(offsetof(KernelArguments, stream), spec_.stream_layout);
        for (size_t i = 0; i < spec_.outputs.size(); ++i) store_codes(i);
        if (spec_.stores_reals) store_reals();
    }

    void prefetch() {
        if (spec_.adds_residual) prefetch(offsetof(KernelArguments, residual), spec_.residual_layout, false);
        if (spec_.stores_stream) prefetch(offsetof(KernelArguments, stream), spec_.stream_layout, true);
    }

private:
    void prefetch(size_t argument, const PixelLayout& layout, bool is_written) {
        load_pointer(argument);
        for (const AccumulatorAt& each : tile_.accumulators) {
            const Address line = code_.ptr[at(each, layout, set_.vector_bytes())];
            if (is_written)
                code_.prefetchw(line);
            else
                code_.prefetcht0(line);
        }
    }

    Xbyak::RegExp at(const AccumulatorAt& each, const PixelLayout& layout, int vector_bytes) const {
        const int64_t offset =
            each.y * layout.row_bytes + each.x * layout.pixel_bytes + int64_t{each.vector} * vector_bytes;
        return r::pointer + static_cast<size_t>(offset);
    }
    bool is_tail(const AccumulatorAt& each) const { return tile_.tail_lanes != 0 && each.vector == tile_.vectors - 1; }
    Vector temporary(size_t i) const { return set_.vector(tile_.temporaries[i]); }
    void load_pointer(size_t argument) { code_.mov(r::pointer, code_.ptr[r::arguments + argument]); }
    void advance(size_t argument, const PixelLayout& layout) {
        emit_advance(code_, argument, tile_.width * layout.pixel_bytes);
    }

    void store_int32(size_t argument, const PixelLayout& layout) {
        load_pointer(argument);
        for (const AccumulatorAt& each : tile_.accumulators) {
            const Address to = code_.ptr[at(each, layout, set_.vector_bytes())];
            if (is_tail(each))
                set_.store_tail(code_, to, set_.vector(each.reg),
                                constant(code_, offsetof(EpilogueConstants, tail_mask)), temporary(0));
            else
                set_.store(code_, to, set_.vector(each.reg));
        }
        advance(argument, layout);
    }

    void store_reals() {
        code_.mov(r::rows, code_.ptr[r::arguments + offsetof(KernelArguments, real_bias)]);
        for (const AccumulatorAt& each : tile_.accumulators)
            emit_to_real(code_, set_.vector(each.reg), int64_t{each.vector} * set_.vector_bytes());
        store_int32(offsetof(KernelArguments, reals), spec_.real_layout);  // 32 bits are 32 bits
    }

    void add_residual() {
        load_pointer(offsetof(KernelArguments, residual));
        for (const AccumulatorAt& each : tile_.accumulators) {
            const Vector sum = set_.vector(each.reg);
            const Address from = code_.ptr[at(each, spec_.residual_layout, set_.vector_bytes())];
            if (spec_.is_wide_sum) {
                set_.wide_add(code_, sum, spec_.own_shift, from, spec_.residual_shift,
                              constant(code_, offsetof(EpilogueConstants, lowest)), tile_.temporaries);
                continue;
            }
            if (spec_.own_shift > 0) code_.vpslld(sum, sum, static_cast<uint8_t>(spec_.own_shift));
            if (spec_.residual_shift > 0) {
                const Vector other = temporary(0);
                set_.load(code_, other, from);
                code_.vpslld(other, other, static_cast<uint8_t>(spec_.residual_shift));
                code_.vpaddd(sum, sum, other);
            } else {
                code_.vpaddd(sum, sum, from);
            }
        }
        advance(offsetof(KernelArguments, residual), spec_.residual_layout);
    }

    void relu() {
        for (const AccumulatorAt& each : tile_.accumulators) {
            const Vector value = set_.vector(each.reg);
            code_.vpmaxsd(value, value, constant(code_, offsetof(EpilogueConstants, zero)));
        }
    }

    void store_codes(size_t index) {
        const CodeOutput& output = spec_.outputs[index];
        const bool is_last = index + 1 == spec_.outputs.size();
        const size_t argument = offsetof(KernelArguments, outputs) + index * sizeof(void*);
        load_pointer(argument);
        for (const AccumulatorAt& each : tile_.accumulators) {
            const Vector own = set_.vector(each.reg), value = is_last ? own : temporary(0);
            emit_requantize(code_, output, index, own, value, temporary(1));
            const bool is_last_vector = each.vector == tile_.vectors - 1;
            set_.store_codes(code_, code_.ptr[at(each, output.layout, set_.lanes() * set_.code_bytes())], value,
                             is_last_vector && tile_.tail_code_lanes != 0 ? tile_.tail_code_lanes : set_.lanes());
        }
        advance(argument, output.layout);
    }

    Code& code_;
    const InstructionSet& set_;
    const EpilogueSpec& spec_;
    const EpilogueTile& tile_;
};

}  // namespace

bool can_requantize_inline(int shift) {
    return shift <= kLargestRightShift && shift >= -kLargestLeftShift;
}

EpilogueConstants::EpilogueConstants(const EpilogueSpec& spec, int tail_lanes, float scale) {
    std::fill_n(real_scale, 16, scale);
    std::fill_n(tail_mask, tail_lanes, -1);
    std::fill_n(lowest, 16, -std::numeric_limits<int32_t>::max());
    for (size_t i = 0; i < spec.outputs.size(); ++i) {
        const CodeOutput& output = spec.outputs[i];
        const int right = std::max(output.shift, 0);
        const auto repeat = [](int32_t(&values)[16], int64_t value) {
            std::fill_n(values, 16, static_cast<int32_t>(value));
        };
        repeat(outputs[i].low, output.format.min_stored() * (int64_t{1} << right));
        repeat(outputs[i].high, output.format.max_stored() * (int64_t{1} << right));
        // Half minus one, and one more where the quotient is odd: ties go to the even one. The offset rides along.
        const int64_t rounding = right > 0 ? (int64_t{1} << (right - 1)) - 1 : 0;
        repeat(outputs[i].addend, rounding + output.zero * (int64_t{1} << right));
    }
}

void emit_requantize(Code& code, const CodeOutput& output, size_t index, const Vector& from, const Vector& value,
                     const Vector& temporary) {
    const Address low = constant(code, constant_offset(index, offsetof(EpilogueConstants::Output, low)));
    const Address high = constant(code, constant_offset(index, offsetof(EpilogueConstants::Output, high)));
    const Address addend = constant(code, constant_offset(index, offsetof(EpilogueConstants::Output, addend)));
    code.vpminsd(value, from, high);
    code.vpmaxsd(value, value, low);
    if (output.shift > 0) {
        code.vpslld(temporary, value, static_cast<uint8_t>(31 - output.shift));
        code.vpsrld(temporary, temporary, 31);
        code.vpaddd(value, value, addend);
        code.vpaddd(value, value, temporary);
        code.vpsrad(value, value, static_cast<uint8_t>(output.shift));
        return;
    }
    if (output.shift < 0) {
        code.vpslld(value, value, static_cast<uint8_t>(-output.shift));
        code.vpminsd(value, value, high);
        code.vpmaxsd(value, value, low);
    }
    if (output.zero != 0) code.vpaddd(value, value, addend);
}

void emit_to_real(Code& code, const Vector& value, int64_t bias_offset) {
    code.vcvtdq2ps(value, value);
    code.vmulps(value, value, constant(code, offsetof(EpilogueConstants, real_scale)));
    code.vaddps(value, value, code.ptr[r::rows + static_cast<size_t>(bias_offset)]);
}

void emit_advance(Code& code, size_t argument_offset, int64_t bytes) {
    code.add(code.qword[r::arguments + argument_offset], static_cast<uint32_t>(bytes));
}

void emit_epilogue(Code& code, const InstructionSet& set, const EpilogueSpec& spec, const EpilogueTile& tile) {
    EpilogueEmitter(code, set, spec, tile).run();
}

void emit_prefetch(Code& code, const InstructionSet& set, const EpilogueSpec& spec, const EpilogueTile& tile) {
    EpilogueEmitter(code, set, spec, tile).prefetch();
}

}  // namespace f8net
