// SPDX-License-Identifier: Apache-2.0
/// NumPy's .npy files: the header; behind it come the elements, row-major and little endian.
/// Source   NEP 1, format version 1.0.   Threads  pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/tensorfile/tensor.h"

namespace f8net {

/// Integer and float types that NumPy has; DataError for others (BF16).
std::string npy_header(DType type, const std::vector<int64_t>& shape);

}  // namespace f8net
