// SPDX-License-Identifier: Apache-2.0
/// One path's way of computing a convolution or linear node: prepared once per node (weights in its own layout), run
/// per image. Layout   H W C, one image.   Threads  a kernel is constant after it is made; each thread brings its own
/// scratch memory.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

/// Memory of one thread that kernels may grow and leave.
struct Scratch {
    std::vector<int16_t> codes;
    std::vector<int16_t> patches;
};

class LayerKernel {
public:
    virtual ~LayerKernel() = default;
    /// input: accumulators of the node's input; they are requantized here by `shift` given at preparation.
    virtual void run(const int32_t* input, int32_t* output, Scratch& scratch) const = 0;
};

/// What a kernel is made from.
struct LayerPlan {
    const IntegerNode& node;
    Shape input;
    int shift = 0;  ///< fractional length of the input minus that of the input format
};

/// The definition, loop by loop: slow, obviously right; the others are tested against it.
std::unique_ptr<LayerKernel> make_reference_kernel(const LayerPlan& plan);
/// Portable C++ that compilers turn into vector code: the law that all paths are verified against.
std::unique_ptr<LayerKernel> make_scalar_kernel(const LayerPlan& plan);

}  // namespace f8net
