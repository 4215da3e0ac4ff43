// SPDX-License-Identifier: Apache-2.0
/// One node computed as the law says, from int32 to int32: the executors "scalar" and "reference" are made of these,
/// and faster ones fall back to them.   Layout  H W C, one image.   Threads  constant after it is made.
#pragma once

#include <memory>

#include "core/inference/kernels/kernel.h"
#include "core/network/integer_network.h"

namespace f8net {

enum class LawKernels { kReference, kScalar };

/// Shift that brings input 0 of a weighted node or average pool to its input format.
int input_shift(const IntegerNetwork& network, const IntegerNode& node);

class LawNode {
public:
    LawNode(const IntegerNetwork& network, const IntegerNode& node, LawKernels kernels);
    /// second: the other operand of a sum. Not for the input node.
    void run(const int32_t* input, const int32_t* second, int32_t* output, Scratch& scratch) const;

private:
    NodeKind kind_;
    Shape in_, out_;
    Window window_;
    FixedPointFormat format_;
    int shift_ = 0, operand_shifts_[2] = {0, 0};
    std::unique_ptr<LayerKernel> kernel_;
};

}  // namespace f8net
