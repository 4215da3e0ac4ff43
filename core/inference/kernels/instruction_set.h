// SPDX-License-Identifier: Apache-2.0
/// One vector instruction set as kernels are generated for it: registers, the multiply-add of codes and weights, and
/// the stores that differ. A further set is one more file and one line in instruction_sets(). Kernels are machine code
/// made at load time (Xbyak), so no source of the project is compiled for more than the base architecture.
///
/// Codes   lie `code_bytes` wide; int32 lane l of a product takes group() = 4 / code_bytes neighbouring codes of lane
/// l. Signed  sets whose multiply-add wants unsigned codes store signed ones with an offset, zero_code(); biases are
///         corrected by it when weights are packed.   Threads  constant after start.
#pragma once

#include <xbyak/xbyak.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/fixedpoint/format.h"

namespace f8net {

using Code = Xbyak::CodeGenerator;
using Vector = Xbyak::Xmm;  ///< xmm, ymm or zmm: Xbyak's registers keep their kind

class InstructionSet {
public:
    virtual ~InstructionSet() = default;
    virtual std::string name() const = 0;  ///< the executor's path
    virtual bool is_supported() const = 0;
    virtual int num_registers() const = 0;
    virtual int vector_bytes() const = 0;
    virtual int code_bytes() const = 0;
    int lanes() const { return vector_bytes() / 4; }
    int group() const { return 4 / code_bytes(); }

    /// How the code 0 of a format is stored.
    virtual int32_t zero_code(const FixedPointFormat& format) const = 0;

    Vector vector(int index) const { return vector(index, vector_bytes()); }
    static Vector vector(int index, int bytes);

    virtual void load(Code& code, const Vector& to, const Xbyak::Address& from) const = 0;
    virtual void store(Code& code, const Xbyak::Address& to, const Vector& from) const = 0;
    virtual void set_zero(Code& code, const Vector& to) const = 0;

    /// accumulator += sum over each lane's group of codes * weights (register or memory); exact.
    virtual void multiply_add(Code& code, const Vector& accumulator, const Vector& codes, const Xbyak::Operand& weights,
                              const Vector& temporary) const = 0;
    virtual bool multiply_add_needs_temporary() const = 0;

    /// Stores the first `lanes` lanes of int32; begin_tail() comes first in a kernel that does so. mask: as many lanes
    /// of ones in memory, for sets without mask registers.
    virtual void begin_tail(Code& code, int lanes) const = 0;
    virtual void store_tail(Code& code, const Xbyak::Address& to, const Vector& from, const Xbyak::Address& mask,
                            const Vector& temporary) const = 0;

    /// Lanes in the range of codes, narrowed: all of them, or the first 8. `from` may be overwritten.
    virtual void store_codes(Code& code, const Xbyak::Address& to, const Vector& from, int lanes) const = 0;

    /// accumulator = clamp((accumulator << own_shift) + (residual << residual_shift)), as in 64 bits; false: not here.
    virtual bool has_wide_add() const = 0;
    virtual void wide_add(Code& code, const Vector& accumulator, int own_shift, const Xbyak::Address& residual,
                          int residual_shift, const Xbyak::Address& lowest, std::span<const int> temporaries) const = 0;

    /// Depthwise: group() neighbouring pixels' vectors of codes become as many vectors whose lanes hold the group of
    /// one channel; channel_of() says which. Temporaries: as many as group().
    virtual void interleave(Code& code, std::span<const Vector> pixels, std::span<const Vector> temporaries) const = 0;
    /// The inverse order, narrowed: int32 lanes of the interleaved vectors to one vector of codes, in accumulators[0].
    virtual void narrow_interleaved(Code& code, std::span<const Vector> accumulators) const = 0;
    /// Channel within a block of `bytes` wide vectors that lane `lane` of interleaved vector `index` holds.
    int channel_of(int index, int lane) const { return lane / 4 * (16 / code_bytes()) + index * 4 + lane % 4; }

    /// Larger codes of two vectors.
    virtual void max_codes(Code& code, const Vector& to, const Vector& a, const Xbyak::Operand& b) const = 0;
};

const InstructionSet& avx2();
const InstructionSet& avx512vnni();

/// Those of this processor, slowest first. Empty where memory cannot be made executable.
std::vector<const InstructionSet*> instruction_sets();

}  // namespace f8net
