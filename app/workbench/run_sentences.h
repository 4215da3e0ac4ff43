// SPDX-License-Identifier: GPL-3.0-or-later
/// What the main window says about a run: while the first one trains, and when one has ended.
/// Threads  free functions on values.
#pragma once

#include <QString>
#include <vector>

#include "core/store/run_record.h"

namespace f8net {

/// "Stage float, epoch 2 of 5: learning without rounding; formats appear with the fixed-point stage.  4 min left".
QString stageSentence(const RunSummary& run);

/// "quickstart has finished: integer only 89.74 %, float 89.91 %; the integer modes agree in every code". Without
/// `evaluations` (not read yet) it says nothing of agreement.
QString endSentence(const RunSummary& run, const std::vector<EvaluationRecord>& evaluations);

}  // namespace f8net
