// SPDX-License-Identifier: Apache-2.0
/// Where each node's output lies in one arena of int32, so that buffers are used again once their last reader has run.
/// Formula  first fit in execution order, offsets in elements, multiples of 16.   Threads  pure.
#pragma once

#include <cstdint>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

struct MemoryPlan {
    std::vector<int64_t> offsets;  ///< per node, in int32 elements
    int64_t size = 0;              ///< of the arena, in int32 elements
};

MemoryPlan plan_memory(const IntegerNetwork& network);

}  // namespace f8net
