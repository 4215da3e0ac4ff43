// SPDX-License-Identifier: Apache-2.0
/// The pictures of a report, as SVG elements for its page.   Threads  pure.
#pragma once

#include <optional>
#include <string>

#include "core/analysis/accuracy_interval.h"
#include "core/figure/chart.h"
#include "core/fixedpoint/format.h"
#include "core/report/report.h"

namespace f8net {

/// The 95 % interval of an evaluation's top-1.
Interval top1_interval(const EvaluationRecord& evaluation);

/// Top-1 of each mode with its 95 % interval; empty without evaluations.
std::string accuracy_picture(const Report& report);
/// Loss, top-1 and learning rate over the epochs, stages marked; no charts where nothing was recorded.
Figure curves_figure(const Report& report);
/// What is inside the format's range in the colour of inputs or weights, what is clipped in red, what the ReLU takes
/// away in grey; the ends of the range are lines.
std::string histogram_picture(const HistogramReport& histogram, const FixedPointFormat& format, const SvgPlace& place);

}  // namespace f8net
