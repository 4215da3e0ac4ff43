// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/run_points.h"

#include <limits>

namespace f8net {

void read_points(const RunReader& reader, const RunId& run, const std::string& metric, const Work& work,
                 const std::function<void(const std::vector<MetricPoint>&)>& take) {
    constexpr int kPart = 20'000;
    MetricCursor cursor;
    while (true) {
        work.need_going_on();
        const MetricDelta delta = reader.metric(run, metric, cursor, kPart);
        if (!delta.points.empty()) take(delta.points);
        if (delta.points.size() < kPart) return;
        // Only what follows: steps that a resume rewrites meanwhile have the same values.
        cursor = {std::numeric_limits<int>::max(), delta.next.step};
    }
}

}  // namespace f8net
