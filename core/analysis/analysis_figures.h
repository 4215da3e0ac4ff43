// SPDX-License-Identifier: Apache-2.0
/// The analyses as pictures, for files and reports.   Threads  pure.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/bit_flips.h"
#include "core/analysis/error_curves.h"
#include "core/analysis/layer_mark.h"
#include "core/analysis/layer_profile.h"
#include "core/figure/chart.h"

namespace f8net {

/// A chart per study: the curve of each FL in its colour, which FL is best where, and the marked layers on the curve of
/// the FL they have. `subject` is only named; may be empty.
Figure sigma_figure(const std::vector<SigmaStudy>& studies, const std::vector<LayerMark>& marks,
                    const std::string& subject);

/// Fractional lengths over the depth, and box plots of the weights. `weights`: "effective" or "folded".
Figure layers_figure(const std::vector<LayerProfile>& profiles, const std::string& subject, const std::string& weights);

/// Share of images whose class a flipped bit changes, over the depth: a line per bit position, and the worst flips.
Figure bit_flips_figure(const BitFlipStudy& study, const std::string& subject);

}  // namespace f8net
