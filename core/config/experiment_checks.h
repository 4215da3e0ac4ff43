// SPDX-License-Identifier: Apache-2.0
/// Relations between options, with the place in the table, so that a loader can say the place in the file too.
#pragma once

#include <optional>
#include <string>

#include "core/config/experiment.h"

namespace f8net {

struct Conflict {
    std::string stage;    ///< empty: of the experiment as a whole
    std::string key;      ///< the option to blame; "stages" for the list itself
    std::string message;  ///< starts with the key
};

/// The first conflict, or none.
std::optional<Conflict> find_conflict(const Experiment& experiment);

}  // namespace f8net
