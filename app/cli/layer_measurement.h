// SPDX-License-Identifier: Apache-2.0
/// Statistics of the layers' inputs, measured with images through the integer network: for commands that report layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/subject.h"
#include "core/analysis/layer_report.h"

namespace f8net {

struct MeasurementOptions {
    std::string data;  ///< folder; empty: as the experiment says
    int64_t images = 256;
};

/// Adds to the reports what the images show. Where no folder was named and no data are found, the statistics stay
/// unknown and a note says why.
void measure_inputs(Context& context, Subject& subject, const MeasurementOptions& options,
                    std::vector<LayerReport>& reports);

}  // namespace f8net
