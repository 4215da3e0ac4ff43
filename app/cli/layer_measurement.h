// SPDX-License-Identifier: Apache-2.0
/// What commands that report layers know of them beside the integer network: clipping levels, and statistics of inputs
/// and accumulators, measured with images.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "app/cli/subject.h"
#include "core/analysis/layer_statistics.h"
#include "core/analysis/output_error.h"

namespace f8net {

struct MeasurementOptions {
    std::string data;  ///< folder; empty: as the experiment says
    int64_t images = 256;
};

/// Clipping levels of a checkpoint by layer; empty where it has none or the network does not clip.
std::map<std::string, double> clip_levels(Subject& subject);

/// Where no folder was named and no data are found: nothing, and a note why.
/// The subject's network must outlive what is returned.
std::optional<LayerStatistics> measure_layers(Context& context, Subject& subject, const MeasurementOptions& options);

/// The integers of every layer against the network without rounding, on at most 64 of the images; empty, and a note
/// why, where the network keeps no real weights or there are no data.
std::map<std::string, OutputError> measure_errors(Context& context, Subject& subject,
                                                  const MeasurementOptions& options);

}  // namespace f8net
