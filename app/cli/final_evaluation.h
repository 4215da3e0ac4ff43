// SPDX-License-Identifier: Apache-2.0
/// What a finished training says of itself: accuracy of the float stage, fake-quantized and in integers alone on the
/// whole test set, agreement of all integer modes on the first images, the fractional lengths of every layer.
#pragma once

#include <string>

#include "app/cli/context.h"
#include "app/cli/json.h"
#include "core/base/stop_token.h"
#include "core/base/units.h"
#include "core/config/experiment.h"

namespace f8net {

/// Evaluates the run's checkpoints in the modes of `evaluation.modes`, puts the results into the store, prints the
/// tables. Returns the JSON document's part. Ends early (null) when a stop is requested.
Json evaluate_finished_run(Context& context, const RunId& run, const Experiment& experiment, const StopToken& stop);

}  // namespace f8net
