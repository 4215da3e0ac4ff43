// SPDX-License-Identifier: Apache-2.0
#include "core/health/format_track.h"

#include <algorithm>
#include <utility>

namespace f8net {

FormatTrack make_track(std::vector<int> fractional_lengths, const std::vector<int>& epochs) {
    FormatTrack track;
    int previous = kNoFormat;
    for (size_t i = 0; i < fractional_lengths.size() && i < epochs.size(); ++i) {
        const int value = fractional_lengths[i];
        if (value == kNoFormat) continue;
        if (previous == kNoFormat) {
            track.settled_at = epochs[i];
        } else if (value != previous) {
            ++track.flips;
            track.settled_at = epochs[i];
        }
        previous = value;
    }
    if (track.flips > 0) {
        const size_t window = std::max<size_t>(2, epochs.size() / 10);
        track.is_moving = track.settled_at >= epochs[epochs.size() > window ? epochs.size() - window : 0];
    }
    track.fractional_lengths = std::move(fractional_lengths);
    return track;
}

}  // namespace f8net
