// SPDX-License-Identifier: Apache-2.0
/// The functions that the layers of the C source are made of, as C text. Each file gets those that it uses.
/// The law in C (fixedpoint/requantize.h, inference/node_operations.h): no shift of a negative number, no overflow of a
/// signed one, no int wider than 16 bits taken for granted.   Threads  pure.
#pragma once

#include <set>
#include <string>

namespace f8net {

/// names: of functions as they are called ("gather_u8", "add_32"). In an order in which each is declared before its
/// use.
std::string c_kernels(const std::set<std::string>& names);

}  // namespace f8net
