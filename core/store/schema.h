// SPDX-License-Identifier: Apache-2.0
/// The store's schema as SQL scripts; step i (from 0) brings version i to version i + 1.
#pragma once

#include <vector>

namespace f8net {

std::vector<const char*> schema_steps();

}  // namespace f8net
