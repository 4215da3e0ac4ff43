// SPDX-License-Identifier: Apache-2.0
/// The fractional length of one tensor over the epochs: how often it changed, when it settled, whether it still moves.
/// Units  bits; epochs as the run counts them.   Threads  pure.
#pragma once

#include <climits>
#include <vector>

namespace f8net {

/// In place of a fractional length where an epoch has none.
inline constexpr int kNoFormat = INT_MIN;

struct FormatTrack {
    std::vector<int> fractional_lengths;  ///< one per epoch
    int flips = 0;                        ///< how often it changed
    int settled_at = 0;                   ///< epoch of the last change; the first with a format where it never changed
    bool is_moving = false;               ///< changed within the last tenth of the epochs (at least two)
};

/// `epochs` ascending, as long as the fractional lengths.
FormatTrack make_track(std::vector<int> fractional_lengths, const std::vector<int>& epochs);

}  // namespace f8net
