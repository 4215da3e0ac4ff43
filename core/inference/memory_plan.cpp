// SPDX-License-Identifier: Apache-2.0
#include "core/inference/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace f8net {

MemoryPlan place_first_fit(std::span<const BufferLifetime> buffers, int64_t alignment) {
    std::vector<size_t> order(buffers.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return buffers[a].first < buffers[b].first; });

    struct Block {
        int64_t begin, end;
        size_t last;
    };
    std::vector<Block> live;  // in order of begin
    MemoryPlan plan;
    plan.offsets.resize(buffers.size());
    for (const size_t i : order) {
        std::erase_if(live, [&](const Block& block) { return block.last < buffers[i].first; });
        const int64_t size = (buffers[i].size + alignment - 1) / alignment * alignment;
        int64_t begin = 0;
        auto at = live.begin();
        for (; at != live.end() && at->begin - begin < size; ++at) begin = std::max(begin, at->end);
        live.insert(at, {begin, begin + size, buffers[i].last});
        plan.offsets[i] = begin;
        plan.size = std::max(plan.size, begin + size);
    }
    return plan;
}

MemoryPlan plan_memory(const IntegerNetwork& network) {
    const size_t count = network.nodes.size();
    std::vector<BufferLifetime> buffers(count);
    for (size_t i = 0; i < count; ++i) {
        buffers[i] = {network.nodes[i].output.size(), i, 0};
        for (const int input : network.nodes[i].inputs) buffers[static_cast<size_t>(input)].last = i;
    }
    buffers.back().last = count;
    constexpr int64_t kElements = 16;
    return place_first_fit(buffers, kElements);
}

}  // namespace f8net
