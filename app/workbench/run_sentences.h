// SPDX-License-Identifier: GPL-3.0-or-later
/// What the main window says about a run: while the first one trains, and when one has ended.
/// Threads  free functions on values.
#pragma once

#include <QString>
#include <vector>

#include "core/store/run_record.h"

namespace f8net {

/// One stage of a run's plan; epochs count over all stages.
struct PlannedStage {
    std::string name;
    int first_epoch = 1, last_epoch = 1;
    bool has_formats = false;  ///< computes with rounded numbers
};
/// From a run's resolved configuration; empty where that cannot be read.
std::vector<PlannedStage> planOf(const std::string& config);

/// "Stage 1 of 2, float, epoch 2 of 3: learning without rounding; formats follow in about 3 min. 4 min left." `plan`
/// may be empty.
QString stageSentence(const RunSummary& run, const std::vector<PlannedStage>& plan);

/// "quickstart has finished: integer only 89.74 %, float 89.91 %; the integer modes agree in every code". Without
/// `evaluations` (not read yet) it says nothing of agreement.
QString endSentence(const RunSummary& run, const std::vector<EvaluationRecord>& evaluations);

}  // namespace f8net
