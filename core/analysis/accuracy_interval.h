// SPDX-License-Identifier: Apache-2.0
/// How sure an accuracy is, and whether two networks differ on the same images: 95 % intervals of shares.
///
/// Formula  one share: Wilson's score interval. Difference of two shares on the same images: Tango's score interval,
///          which holds 0 exactly where McNemar's test (without continuity correction) finds no difference at 5 %.
/// Source   Wilson 1927; Tango, Statistics in Medicine 17 (1998) 891-908.   Units  shares 0 to 1.   Threads  pure.
#pragma once

#include <cstdint>

namespace f8net {

struct Interval {
    double low = 0, high = 1;
    bool contains(double value) const { return low <= value && value <= high; }
};

/// 0 to 1 where there are no images.
Interval accuracy_interval(int64_t right, int64_t images);

/// Second network less first.
struct PairedDifference {
    double difference = 0;
    Interval interval{-1, 1};
    bool is_distinguishable() const { return !interval.contains(0); }
};

/// `gained`: images that only the second network gets right; `lost`: that only the first does.
PairedDifference paired_difference(int64_t images, int64_t gained, int64_t lost);

}  // namespace f8net
