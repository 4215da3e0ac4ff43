// SPDX-License-Identifier: Apache-2.0
/// Where buffers lie in one arena, so that memory is used again once its last reader has run.
/// Formula  first fit in the order of first use; offsets are multiples of the alignment.   Threads  pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

struct MemoryPlan {
    std::vector<int64_t> offsets;  ///< per buffer
    int64_t size = 0;              ///< of the arena
};

/// Size, and the first and last step that touches it; sizes and offsets in one unit.
struct BufferLifetime {
    int64_t size = 0;
    size_t first = 0, last = 0;
};

MemoryPlan place_first_fit(std::span<const BufferLifetime> buffers, int64_t alignment);

/// One buffer of int32 per node, in elements.
MemoryPlan plan_memory(const IntegerNetwork& network);

}  // namespace f8net
