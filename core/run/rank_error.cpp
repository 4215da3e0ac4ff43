// SPDX-License-Identifier: Apache-2.0
#include "core/run/rank_error.h"

namespace f8net {

// Out of line: one type information for the program and the module it opens.
RankLostError::~RankLostError() = default;
RankFailedError::~RankFailedError() = default;

}  // namespace f8net
