// SPDX-License-Identifier: Apache-2.0
/// The commit the program was built from, as `git describe --always --dirty` says it; "unknown" outside of a
/// repository.
#pragma once

#include <string>

namespace f8net {

std::string build_commit();

}  // namespace f8net
