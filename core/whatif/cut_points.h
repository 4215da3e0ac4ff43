// SPDX-License-Identifier: Apache-2.0
/// Where a network can be cut in two with one value between the parts (a residual block's input, say), and which of
/// those values are worth keeping within a number of bytes.   Threads  pure.
#pragma once

#include <cstdint>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

struct CutPoint {
    int node = 0;       ///< everything behind it can be computed from its int32 values
    int64_t bytes = 0;  ///< of these, per image
};

/// In execution order, without input and classifier; where nothing is multiplied between two of them, the later one.
std::vector<CutPoint> find_cut_points(const IntegerNetwork& network);

/// Those whose values take at most so many bytes per image together: the one that spares the fewest multiplications per
/// byte goes first.
std::vector<CutPoint> choose_cut_points(const IntegerNetwork& network, int64_t bytes_per_image);

}  // namespace f8net
