// SPDX-License-Identifier: Apache-2.0
// Codes and weights in 16 bits: vpmaddwd is exact, where vpmaddubsw saturates (2 * 255 * 127 > 32,767).
#include <xbyak/xbyak_util.h>

#include "core/inference/kernels/instruction_set.h"

namespace f8net {
namespace {

using Xbyak::Address;
using Xbyak::Operand;
using Xbyak::Xmm;
using Xbyak::Ymm;

class Avx2 final : public InstructionSet {
public:
    std::string name() const override { return "avx2"; }
    bool is_supported() const override { return Xbyak::util::Cpu().has(Xbyak::util::Cpu::tAVX2); }
    int num_registers() const override { return 16; }
    int vector_bytes() const override { return 32; }
    int code_bytes() const override { return 2; }
    int32_t zero_code(const FixedPointFormat&) const override { return 0; }

    void load(Code& code, const Vector& to, const Address& from) const override { code.vmovdqu(to, from); }
    void store(Code& code, const Address& to, const Vector& from) const override { code.vmovdqu(to, from); }
    void set_zero(Code& code, const Vector& to) const override { code.vpxor(to, to, to); }

    bool multiply_add_needs_temporary() const override { return true; }
    void multiply_add(Code& code, const Vector& accumulator, const Vector& codes, const Operand& weights,
                      const Vector& temporary) const override {
        code.vpmaddwd(temporary, codes, weights);
        code.vpaddd(accumulator, accumulator, temporary);
    }

    void begin_tail(Code&, int) const override {}
    void store_tail(Code& code, const Address& to, const Vector& from, const Address& mask,
                    const Vector& temporary) const override {
        code.vmovdqu(temporary, mask);
        code.vpmaskmovd(to, temporary, from);
    }

    void store_codes(Code& code, const Address& to, const Vector& from, int) const override {
        code.vpackssdw(from, from, from);
        code.vpermq(Ymm(from.getIdx()), Ymm(from.getIdx()), 0x08);
        code.vmovdqu(to, Xmm(from.getIdx()));
    }

    bool has_wide_add() const override { return false; }
    void wide_add(Code&, const Vector&, int, const Address&, int, const Address&, std::span<const int>) const override {
    }

    void interleave(Code& code, std::span<const Vector> pixels, std::span<const Vector> temporaries) const override {
        code.vpunpckhwd(temporaries[0], pixels[0], pixels[1]);
        code.vpunpcklwd(pixels[0], pixels[0], pixels[1]);
        code.vmovdqa(pixels[1], temporaries[0]);
    }
    void narrow_interleaved(Code& code, std::span<const Vector> accumulators) const override {
        code.vpackssdw(accumulators[0], accumulators[0], accumulators[1]);
    }
    void max_codes(Code& code, const Vector& to, const Vector& a, const Operand& b) const override {
        code.vpmaxsw(to, a, b);
    }
};

}  // namespace

const InstructionSet& avx2() {
    static const Avx2 set;
    return set;
}

}  // namespace f8net
