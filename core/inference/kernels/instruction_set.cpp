// SPDX-License-Identifier: Apache-2.0
#include "core/inference/kernels/instruction_set.h"

namespace f8net {
namespace {

/// Hardened systems may refuse executable memory.
bool can_run_generated_code() {
    try {
        Code code(4096, Xbyak::DontSetProtectRWE);
        code.mov(code.eax, 42);
        code.ret();
        code.setProtectModeRE();
        return code.getCode<int (*)()>()() == 42;
    } catch (const Xbyak::Error&) {
        return false;
    }
}

}  // namespace

Vector InstructionSet::vector(int index, int bytes) {
    if (bytes == 64) return Xbyak::Zmm(index);
    if (bytes == 32) return Xbyak::Ymm(index);
    return Xbyak::Xmm(index);
}

std::vector<const InstructionSet*> instruction_sets() {
    static const bool can_run = can_run_generated_code();
    std::vector<const InstructionSet*> sets;
    if (!can_run) return sets;
    for (const InstructionSet* each : {&avx2(), &avx512vnni()}) {
        if (each->is_supported()) sets.push_back(each);
    }
    return sets;
}

}  // namespace f8net
