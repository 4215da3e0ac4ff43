// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/peak.h"

#include <algorithm>
#include <chrono>

#include "core/inference/kernels/generated_kernel.h"

namespace f8net {
namespace {

constexpr int kInstructions = 24;  // independent ones, which hides their latency
constexpr int64_t kLoops = 200'000;

}  // namespace

double measure_peak_gmacs(const std::string& path, int rounds) {
    for (const InstructionSet* set : instruction_sets()) {
        if (set->name() != path) continue;
        // Registers: accumulators, then a product, codes and weights.
        const int accumulators = std::min(kInstructions, set->num_registers() - 4);
        const GeneratedKernel kernel([&](Code& code) {
            namespace r = kernel_registers;
            for (int i = 0; i < set->num_registers(); ++i) set->set_zero(code, set->vector(i));
            code.mov(r::tiles, code.ptr[r::arguments + offsetof(KernelArguments, tiles)]);
            Xbyak::Label next;
            code.align(32);
            code.L(next);
            for (int i = 0; i < accumulators; ++i) {
                set->multiply_add(code, set->vector(i), set->vector(accumulators + 2), set->vector(accumulators + 3),
                                  set->vector(accumulators + i % 2));
            }
            code.dec(r::tiles);
            code.jnz(next);
        });
        double best = 0;
        for (int round = 0; round < rounds; ++round) {
            KernelArguments arguments;
            arguments.tiles = kLoops;
            const auto begin = std::chrono::steady_clock::now();
            kernel(arguments);
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            best = std::max(best,
                            static_cast<double>(kLoops * accumulators * set->lanes() * set->group()) * 1e-9 / seconds);
        }
        return best;
    }
    return 0;
}

}  // namespace f8net
