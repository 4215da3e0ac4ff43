// SPDX-License-Identifier: Apache-2.0
/// What the classes of a subject are called.
#pragma once

#include <string>
#include <vector>

namespace f8net {

class Subject;

/// As the integer network says, else as the data set of its experiment does; empty where neither is there.
std::vector<std::string> class_names_of(Subject& subject);

}  // namespace f8net
