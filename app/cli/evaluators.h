// SPDX-License-Identifier: Apache-2.0
/// From a subject and a mode to something that computes; and the list that --mode takes.
/// Errors   MissingError: the mode needs LibTorch's module and it is not installed; ConfigError: the subject has not
/// what the mode
///          needs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/cli/subject.h"
#include "core/inference/mode_evaluator.h"

namespace f8net {

struct ModeList {
    std::vector<NumericMode> modes;
    bool is_all = false;  ///< "all": what cannot be computed here is left out (null), not an error
};

/// All that --mode takes.
std::vector<std::string> mode_names();
/// "float,integer-only" or "all".   Errors: ConfigError with the nearest name.
ModeList parse_modes(const std::string& text);
/// The modes of the experiment, or integer-only where there is none.
ModeList default_modes(const Subject& subject);

std::unique_ptr<ModeEvaluator> make_evaluator(Subject& subject, NumericMode mode, const std::string& device,
                                              int threads);

/// Why the mode cannot be computed for this subject here; empty where it can.
std::string why_not(Subject& subject, NumericMode mode);

}  // namespace f8net
