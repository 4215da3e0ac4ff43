// SPDX-License-Identifier: Apache-2.0
// vpdpbusd multiplies unsigned codes by signed weights, so signed codes are stored with an offset of 128.
#include <xbyak/xbyak_util.h>

#include "core/inference/kernels/instruction_set.h"

namespace f8net {
namespace {

using Xbyak::Address;
using Xbyak::Operand;
using Xbyak::Xmm;
using Xbyak::Ymm;
using Xbyak::Zmm;

class Avx512Vnni final : public InstructionSet {
public:
    std::string name() const override { return "avx512vnni"; }
    bool is_supported() const override {
        using Xbyak::util::Cpu;
        const Cpu cpu;
        return cpu.has(Cpu::tAVX512F) && cpu.has(Cpu::tAVX512BW) && cpu.has(Cpu::tAVX512VL) &&
               cpu.has(Cpu::tAVX512DQ) && cpu.has(Cpu::tAVX512_VNNI);
    }
    int num_registers() const override { return 32; }
    int vector_bytes() const override { return 64; }
    int code_bytes() const override { return 1; }
    int32_t zero_code(const FixedPointFormat& format) const override { return format.is_signed ? 128 : 0; }

    void load(Code& code, const Vector& to, const Address& from) const override { code.vmovdqu32(to, from); }
    void store(Code& code, const Address& to, const Vector& from) const override { code.vmovdqu32(to, from); }
    void set_zero(Code& code, const Vector& to) const override { code.vpxord(to, to, to); }

    bool multiply_add_needs_temporary() const override { return false; }
    void multiply_add(Code& code, const Vector& accumulator, const Vector& codes, const Operand& weights,
                      const Vector&) const override {
        code.vpdpbusd(accumulator, codes, weights);
    }

    void begin_tail(Code& code, int lanes) const override {
        code.mov(code.eax, (1u << lanes) - 1);
        code.kmovw(code.k1, code.eax);
    }
    void store_tail(Code& code, const Address& to, const Vector& from, const Address&, const Vector&) const override {
        code.vmovdqu32(to | code.k1, from);
    }

    void store_codes(Code& code, const Address& to, const Vector& from, int lanes) const override {
        if (lanes == 16)
            code.vpmovdb(to, from);
        else
            code.vpmovdb(to, Ymm(from.getIdx()));
    }

    bool has_wide_add() const override { return true; }
    void wide_add(Code& code, const Vector& accumulator, int own_shift, const Address& residual, int residual_shift,
                  const Address& lowest, std::span<const int> temporaries) const override {
        const Zmm both(accumulator.getIdx()), low(temporaries[0]), high(temporaries[1]), other(temporaries[2]);
        const Address residual_high = code.ptr[residual.getRegExp() + 32];
        code.vpmovsxdq(low, Ymm(both.getIdx()));
        code.vextracti64x4(Ymm(high.getIdx()), both, 1);
        code.vpmovsxdq(high, Ymm(high.getIdx()));
        if (own_shift > 0) {
            code.vpsllq(low, low, static_cast<uint8_t>(own_shift));
            code.vpsllq(high, high, static_cast<uint8_t>(own_shift));
        }
        for (const bool is_high : {false, true}) {
            code.vpmovsxdq(other, is_high ? residual_high : residual);
            if (residual_shift > 0) code.vpsllq(other, other, static_cast<uint8_t>(residual_shift));
            code.vpaddq(is_high ? high : low, is_high ? high : low, other);
        }
        code.vpmovsqd(Ymm(both.getIdx()), low);
        code.vpmovsqd(Ymm(high.getIdx()), high);
        code.vinserti64x4(both, both, Ymm(high.getIdx()), 1);
        code.vpmaxsd(both, both, lowest);
    }

    void interleave(Code& code, std::span<const Vector> pixels, std::span<const Vector> temporaries) const override {
        const auto& p = pixels;
        const auto& t = temporaries;
        code.vpunpcklbw(t[0], p[0], p[1]);
        code.vpunpckhbw(t[1], p[0], p[1]);
        code.vpunpcklbw(t[2], p[2], p[3]);
        code.vpunpckhbw(t[3], p[2], p[3]);
        code.vpunpcklwd(p[0], t[0], t[2]);
        code.vpunpckhwd(p[1], t[0], t[2]);
        code.vpunpcklwd(p[2], t[1], t[3]);
        code.vpunpckhwd(p[3], t[1], t[3]);
    }
    void narrow_interleaved(Code& code, std::span<const Vector> accumulators) const override {
        const auto& a = accumulators;
        code.vpackssdw(a[0], a[0], a[1]);
        code.vpackssdw(a[2], a[2], a[3]);
        code.vpackuswb(a[0], a[0], a[2]);
    }
    void max_codes(Code& code, const Vector& to, const Vector& a, const Operand& b) const override {
        code.vpmaxub(to, a, b);
    }
};

}  // namespace

const InstructionSet& avx512vnni() {
    static const Avx512Vnni set;
    return set;
}

}  // namespace f8net
