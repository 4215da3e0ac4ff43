// SPDX-License-Identifier: Apache-2.0
/// Files and folders that a command made of a run, noted in the store.
#pragma once

#include <string>

namespace f8net {

struct Context;
class Subject;

/// Only where the subject is a run. A store that cannot be written is a warning: the file stands.
void record_artifact(Context& context, const Subject& subject, const std::string& path, const std::string& role);

}  // namespace f8net
