// SPDX-License-Identifier: Apache-2.0
/// Valid integer networks with random weights, for tests and benchmarks: codes spread over their range in every layer,
/// as in trained ones. The same graph, seed and options give the same network on every machine.   Threads  pure.
#pragma once

#include <cstdint>

#include "core/network/integer_network.h"

namespace f8net {

struct RandomNetworkOptions {
    bool quantize_average_pool = true;
    bool keep_effective_weights = false;  ///< fill the real-valued weights that the codes were rounded from
};

IntegerNetwork make_random_network(const LayerGraph& graph, uint64_t seed, const RandomNetworkOptions& options = {});

}  // namespace f8net
