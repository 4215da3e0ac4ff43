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

struct FinalEvaluation {
    Json document = nullptr;  ///< the JSON document's part; null where a stop was requested before its end
    std::string text;         ///< the tables
};

/// Evaluates the run's checkpoints in the modes of `evaluation.modes` and puts the results into the store.
FinalEvaluation evaluate_finished_run(Context& context, const RunId& run, const Experiment& experiment,
                                      const StopToken& stop);

}  // namespace f8net
