// SPDX-License-Identifier: Apache-2.0
/// What vectors.json says of a network beside its tensors: how each step computes.   Threads  pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

/// Rules that all steps share: word widths, rounding, saturation, order of elements.
nlohmann::ordered_json describe_arithmetic();
nlohmann::ordered_json describe_network(const IntegerNetwork& network);
/// Kind, inputs, shape, fractional lengths, shifts, window.
nlohmann::ordered_json describe_step(const IntegerNetwork& network, const IntegerNode& node);
nlohmann::ordered_json describe_format(const FixedPointFormat& format);

/// The codes that a step's result is read as: requantized, once per format (and once more where a ReLU lies between).
struct StepOutput {
    bool through_relu = false;
    FixedPointFormat format;
    int shift = 0;             ///< fractional length of the accumulators minus that of the codes
    std::vector<int> readers;  ///< conv and linear nodes
};
/// Empty where only sums and pools read the step, and for the last.
std::vector<StepOutput> outputs_of(const IntegerNetwork& network, int node);

}  // namespace f8net
