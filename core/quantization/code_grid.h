// SPDX-License-Identifier: Apache-2.0
/// Threads  pure.
#pragma once

#include "core/fixedpoint/arithmetic.h"
#include "core/quantization/fake_quantize.h"

namespace f8net {

/// The codes of a range at one fractional length.   0 <= fractional_length < 63.
template <typename T>
CodeGrid<T> grid_of(CodeRange range, int fractional_length) {
    return CodeGrid<T>::make(fractional_length, static_cast<T>(range.highest()), range.is_signed);
}

}  // namespace f8net
