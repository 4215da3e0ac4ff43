// SPDX-License-Identifier: GPL-3.0-or-later
/// What stages of an experiment say of their own, and the keys by which a form speaks of it: "optimizer.lr" of the
/// whole experiment, "stages.NAME.optimizer.lr" of one stage, as `--set` takes them. Threads  pure.
#pragma once

#include <optional>
#include <string>

#include "core/config/experiment.h"

namespace f8net {

struct StageKey {
    std::string stage;  ///< empty: the whole experiment
    std::string key;    ///< as in the option table
};
/// A stage's name has no dot.
StageKey splitStageKey(const std::string& key);
std::string joinStageKey(const StageKey& key);

/// Empty where the stage takes the whole experiment's value, or there is no such stage.
std::optional<std::string> ownValue(const Experiment& experiment, const StageKey& key);
/// What holds in the stage: its own value or else the whole experiment's.
std::string valueIn(const Experiment& experiment, const StageKey& key);

}  // namespace f8net
