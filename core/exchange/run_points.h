// SPDX-License-Identifier: Apache-2.0
/// The points of a run's metrics, part by part: constant memory, short transactions of the store.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/work.h"
#include "core/store/run_reader.h"

namespace f8net {

/// Calls `take` with up to some ten thousand points at a time, in the order of their steps.
void read_points(const RunReader& reader, const RunId& run, const std::string& metric, const Work& work,
                 const std::function<void(const std::vector<MetricPoint>&)>& take);

/// Epochs completed at a point, as charts have it: 2.25 is a quarter into the third.
inline double epochs_done(const MetricPoint& point) {
    return (point.epoch > 0 ? point.epoch - 1 : 0) + double{point.epoch_share};
}

}  // namespace f8net
