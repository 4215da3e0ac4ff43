// SPDX-License-Identifier: Apache-2.0
/// Batch statistics of channels_last rows on a GPU: what a thread sums, in which order, and what follows.
/// Order    a block has kMomentChannels channels and kMomentLanes row lanes of one part of the rows; lane l of it takes
///          the rows l, l + kMomentLanes, ...; lanes are folded as a tree, then parts, likewise by lanes. It depends on
///          the shape alone.   Shapes  rows: num_rows x channels, channels fastest.   Threads  pure, host and device.
#pragma once

#include <cstdint>

#include "core/cuda/sum_order.h"
#include "core/fixedpoint/arithmetic.h"

namespace f8net {

inline constexpr int kMomentChannels = 32, kMomentLanes = 8;

using MomentSums = PartialSums<2>;

struct MomentShape {
    int64_t num_rows, channels, rows_per_part, num_parts;

    F8NET_ELEMENTWISE static MomentShape of(int64_t num_rows, int64_t channels) {
        constexpr int64_t kFewestRows = 64, kMostParts = 512;
        const int64_t even = (num_rows + kMostParts - 1) / kMostParts;
        const int64_t rows_per_part = even > kFewestRows ? even : kFewestRows;
        return {num_rows, channels, rows_per_part, (num_rows + rows_per_part - 1) / rows_per_part};
    }
};

/// A channel's rows of one part that belong to a lane.
template <typename T>
F8NET_ELEMENTWISE MomentSums moments_of_lane(const T* rows, const MomentShape& shape, int64_t part, int64_t channel,
                                             int lane) {
    Sums sums;
    const int64_t first = part * shape.rows_per_part, end = first + shape.rows_per_part;
    const int64_t last = end < shape.num_rows ? end : shape.num_rows;
    F8NET_UNROLL(4)
    for (int64_t row = first + lane; row < last; row += kMomentLanes)
        sums.add(static_cast<double>(rows[row * shape.channels + channel]));
    return {{sums.sum, sums.sum_of_squares}};
}

/// What a lane takes of a channel's parts. parts: num_parts x channels.
F8NET_ELEMENTWISE MomentSums moments_of_parts(const MomentSums* parts, const MomentShape& shape, int64_t channel,
                                              int lane) {
    MomentSums sums = MomentSums::zero();
    F8NET_UNROLL(16)
    for (int64_t part = lane; part < shape.num_parts; part += kMomentLanes)
        sums.add(parts[part * shape.channels + channel]);
    return sums;
}

/// The tree over a channel's lanes, stride = kMomentLanes / 2, ..., 1. lanes: [lane][channel of the block].
F8NET_ELEMENTWISE void fold_lanes(MomentSums* lanes, int channel, int lane, int stride) {
    if (lane < stride) lanes[lane * kMomentChannels + channel].add(lanes[(lane + stride) * kMomentChannels + channel]);
}

F8NET_ELEMENTWISE void finish_moments(const MomentSums& total, const MomentShape& shape, int64_t channel, double* mean,
                                      double* biased) {
    Sums sums;
    sums.sum = total.values[0];
    sums.sum_of_squares = total.values[1];
    const auto count = static_cast<double>(shape.num_rows);
    mean[channel] = sums.mean(count);
    biased[channel] = sums.biased_variance(count);
}

}  // namespace f8net
