// SPDX-License-Identifier: Apache-2.0
/// What a run's modes said of each test image, kept in its folder (predictions.safetensors) for comparisons.
#pragma once

#include "core/analysis/evaluation.h"
#include "core/analysis/predictions.h"
#include "core/base/units.h"

namespace f8net {

struct Context;

/// Joins what is there of the same images. A folder or store that cannot be written is a warning.
void keep_predictions(Context& context, const RunId& run, Predictions predictions);

}  // namespace f8net
