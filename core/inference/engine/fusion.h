// SPDX-License-Identifier: Apache-2.0
/// Which nodes are computed together, and in which forms each result has to be there: as int32 where a sum or the law
/// reads it, and as codes once for each input format of its readers. The decisions of the engine in one place; what
/// carries them out is in program.cpp.   Threads  pure.
#pragma once

#include <cstdint>
#include <vector>

#include "core/inference/executor.h"
#include "core/inference/kernels/instruction_set.h"
#include "core/network/integer_network.h"

namespace f8net {

enum class Method {
    kInput,      ///< given: the picture, or the values of the node that a part of a network begins at
    kMerged,     ///< computed by a later group
    kDense,      ///< generated convolution or linear layer, with its epilogue
    kDepthwise,  ///< generated
    kCodePool,   ///< max pool on codes
    kInt32Pool,  ///< max pool on int32, with an epilogue
    kLaw         ///< the law's own function, on int32: what is rare, or has a bound that a fast way would rely on
};

/// One form in which codes of a value are wanted.
struct CodeView {
    int shift = 0;
    FixedPointFormat format;
    int border = 0;  ///< largest padding of its readers
};

struct Group {
    Method method = Method::kLaw;
    int anchor = -1;   ///< node that is computed
    int add = -1;      ///< residual sum fused behind it
    int operand = -1;  ///< group whose value is the sum's other operand
    int merged = -1;   ///< or a second convolution, which nobody else reads: both are accumulated in one pass
    bool is_wide_sum = false;
    bool has_relu = false;
    int value = -1;           ///< node whose result the group gives: the last one fused
    std::vector<int> inputs;  ///< groups that the anchor reads, then the one that the merged convolution reads

    bool needs_int32 = false;
    int int32_readers = 0;  ///< groups; a sum that is the only one may write its result over what it reads
    int int32_border = 0;
    std::vector<CodeView> views;
};

/// Of the nodes in the range, in execution order. tracing: nothing may hide its int32 result, so max pools stay on
/// int32.
std::vector<Group> fuse(const IntegerNetwork& network, const NodeRange& range, const InstructionSet& set, bool tracing);

/// Shift from the value of `source` to the input format of a weighted node.
int view_shift(const IntegerNode& source, const IntegerNode& reader);

}  // namespace f8net
