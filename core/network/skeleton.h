// SPDX-License-Identifier: Apache-2.0
/// The parts of making an IntegerNetwork that do not depend on where weights and formats come from.
/// Threads  pure.
#pragma once

#include "core/network/integer_network.h"

namespace f8net {

/// One node per layer, same index, name and shape; formats and weights still missing. The average pool before the
/// classifier becomes a sum pool with its shift, or stays one (quantize_average_pool off).
IntegerNetwork make_skeleton(const LayerGraph& graph, bool quantize_average_pool);

/// Fills the formats that follow from those of the weighted nodes: input node (raw pixels: theirs; normalized: its
/// reader's), average pools (their consumer's), and every node's fractional length. What no weighted node reads keeps its
/// format.
void propagate_formats(IntegerNetwork& network);

}  // namespace f8net
