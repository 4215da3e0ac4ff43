// SPDX-License-Identifier: Apache-2.0
/// What the formats are and why, measured in evaluation on the fixed probe set: statistics, shares lost, histograms
/// (design.md 6). Threads  not while the network trains.
#pragma once

#include <string>

#include "core/config/experiment.h"
#include "core/data/loader.h"
#include "core/data/transform.h"
#include "core/modules/network.h"
#include "core/run/run_observer.h"

namespace f8net {

/// Adds, for each conv and linear layer in depth order, histograms of input, raw and effective weight and of what it
/// sums up ("accumulator", its bias included); for each sum and pool one of what it gives ("output"); and in a
/// fixed-point stage the layers' formats with their reasons (a floating stage has none).
void probe_network(Network& network, const QuantizationConfig& quantization, const Batch& probe,
                   const Normalization& normalization, EpochReport& report);

/// Name of the first layer whose input or weight is not finite; empty where all are.
std::string first_layer_not_finite(Network& network, const Batch& probe, const Normalization& normalization);

}  // namespace f8net
