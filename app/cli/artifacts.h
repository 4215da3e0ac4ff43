// SPDX-License-Identifier: Apache-2.0
/// Files and folders that a command made of a run, noted in the store.
#pragma once

#include <string>

#include "core/base/units.h"

namespace f8net {

struct Context;
class Subject;

/// A store that cannot be written is a warning: the file stands. With a subject: only where it is a run.
void record_artifact(Context& context, const RunId& run, const std::string& path, const std::string& role);
void record_artifact(Context& context, const Subject& subject, const std::string& path, const std::string& role);

}  // namespace f8net
