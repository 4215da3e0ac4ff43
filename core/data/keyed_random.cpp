// SPDX-License-Identifier: Apache-2.0
#include "core/data/keyed_random.h"

#include <cstddef>
#include <numeric>
#include <utility>

namespace f8net {

std::vector<int64_t> random_permutation(int64_t count, KeyedRandom random) {
    std::vector<int64_t> order(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

}  // namespace f8net
