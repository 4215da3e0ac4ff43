// SPDX-License-Identifier: Apache-2.0
/// What if a layer had another format? A network on a subset of images: the unchanged network is computed once, a
/// changed one only from the last kept value before the change. Every logit is the one that the whole changed network
/// gives.
///
/// Order    accuracy on the first 50 images, differences of the layers on the first 16 (which cost six times as much),
///          accuracy on all, differences on all.
/// Errors   as with_changes() and BaselineCache.
/// Threads  one call at a time; progress is reported on the caller's thread. Uses `threads` of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/analysis/accuracy_interval.h"
#include "core/whatif/baseline_cache.h"
#include "core/whatif/format_change.h"
#include "core/whatif/layer_differences.h"

namespace f8net {

/// Top-1 on the same images before and after. Shares 0 to 1.
struct AccuracyChange {
    int64_t images = 0;
    int64_t right_before = 0, right_after = 0;
    int64_t gained = 0, lost = 0;  ///< right only after, right only before
    int64_t other_class = 0;       ///< images of another class than before
    int64_t top5_after = 0;        ///< images whose class is among the five best after
    double before() const;
    double after() const;
    Interval interval_before() const { return accuracy_interval(right_before, images); }
    Interval interval_after() const { return accuracy_interval(right_after, images); }
    PairedDifference difference() const { return paired_difference(images, gained, lost); }
};

struct WhatIfResult {
    int64_t images = 0;  ///< asked for
    AccuracyChange accuracy;
    int64_t difference_images = 0;        ///< that `layers` is of
    std::vector<LayerDifference> layers;  ///< empty until there are some
    std::string computed_from;            ///< the node whose values were kept, "input": nothing was spared
    bool is_complete = false;
};

struct WhatIfListener {
    std::function<void(const WhatIfResult&)> on_progress;  ///< at the first answer, and at most 20 times a second
    /// [images, classes] of the changed network, images in order.
    std::function<void(int64_t first_image, std::span<const int32_t> logits)> on_logits;
};

class WhatIfSession {
public:
    static constexpr int64_t kFirstImages = 50, kFirstDifferenceImages = 16;

    /// The first images of the set, at most so many as it says.
    WhatIfSession(IntegerNetwork network, const EvaluationSet& set, EngineOptions engine,
                  const CacheOptions& cache = {});

    const IntegerNetwork& network() const { return network_; }
    const BaselineCache& cache() const { return cache_; }

    /// On the first `images` (0: all). Stopped: what there is until then, not complete.
    WhatIfResult evaluate(std::span<const FormatChange> changes, int64_t images, const std::stop_token& stop = {},
                          const WhatIfListener& listener = {});

private:
    class Evaluation;

    const IntegerNetwork network_;   ///< with its real weights
    const IntegerNetwork integers_;  ///< without, for the executors
    const EngineOptions engine_;
    BaselineCache cache_;
};

}  // namespace f8net
