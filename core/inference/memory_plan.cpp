// SPDX-License-Identifier: Apache-2.0
#include "core/inference/memory_plan.h"

#include <algorithm>

namespace f8net {

MemoryPlan plan_memory(const IntegerNetwork& network) {
    const size_t count = network.nodes.size();
    std::vector<size_t> last_use(count, 0);
    for (size_t i = 0; i < count; ++i) {
        for (const int input : network.nodes[i].inputs) last_use[static_cast<size_t>(input)] = i;
    }
    last_use.back() = count;

    struct Block {
        int64_t begin, end;
        size_t last_use;
    };
    std::vector<Block> live;  // in order of begin
    MemoryPlan plan;
    for (size_t i = 0; i < count; ++i) {
        std::erase_if(live, [&](const Block& block) { return block.last_use < i; });
        const int64_t size = (network.nodes[i].output.size() + 15) / 16 * 16;
        int64_t begin = 0;
        auto at = live.begin();
        for (; at != live.end() && at->begin - begin < size; ++at) begin = std::max(begin, at->end);
        live.insert(at, {begin, begin + size, last_use[i]});
        plan.offsets.push_back(begin);
        plan.size = std::max(plan.size, begin + size);
    }
    return plan;
}

}  // namespace f8net
