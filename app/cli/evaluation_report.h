// SPDX-License-Identifier: Apache-2.0
/// An evaluation as JSON, as a table and as records of the store.
#pragma once

#include <string>
#include <vector>

#include "app/cli/json.h"
#include "app/cli/subject.h"
#include "core/analysis/evaluation.h"

namespace f8net {

struct Context;

Json to_json(const ModeResult& result);
Json to_json(const CodeDifference& difference);
/// "equal in every code on the first 2000 images", or the first difference; empty where nothing was compared.
std::string agreement_text(const Evaluation& evaluation);
std::string evaluation_table(const Evaluation& evaluation);
/// For each mode the classes that are recognised worst, and the confusions that happen most. `class_names` may be empty.
std::string confusion_text(const Evaluation& evaluation, const std::vector<std::string>& class_names);

/// Puts the results into the store. A store that cannot be written is a warning: the results stand on the screen.
void store_evaluation(Context& context, const RunId& run, const std::string& checkpoint, Split split,
                      const Evaluation& evaluation);

/// A transient progress line for evaluate().
std::function<void(const ModeEvaluator&, int64_t, int64_t)> progress_on(Console& console);

}  // namespace f8net
