// SPDX-License-Identifier: Apache-2.0
/// Integers held in float tensors, exactly: the values of simulated-integer evaluation and the operations on them
/// between layers. A tensor is float32 while no sum can reach 2^24, float64 above that. Source   method.md 1, 3.7, 5.
/// Threads  pure; no gradient.
#pragma once

#include <torch/torch.h>

#include "core/quantization/fake_quantize.h"

namespace f8net {

struct StoredTensor {
    torch::Tensor stored;       ///< integers in a float type
    int fractional_length = 0;  ///< real = stored * 2^-fractional_length
    double bound = 0;           ///< no |element| can be larger
};

inline constexpr double kFloat32Exact = 16777216.0;  // 2^24

/// `x` in a type that holds integers up to `bound` exactly.
torch::Tensor as_exact(const torch::Tensor& x, double bound);

/// Half to even, then clamp to the code range (method.md 1).
StoredTensor requantize(const StoredTensor& x, CodeRange range, int fractional_length);
/// Operand with the smaller FL shifted left, added, clamped to +-(2^31 - 1).
/// The same integers standing for 2^shift times the value.
StoredTensor compensated(StoredTensor x, int shift);
StoredTensor add_streams(const StoredTensor& a, const StoredTensor& b);
StoredTensor relu(const StoredTensor& x);
StoredTensor max_pool(const StoredTensor& x, int kernel, int stride, int padding);
/// Sum over the plane, FL grows by s = round(log2(pixels)).
StoredTensor sum_pool(const StoredTensor& x);
/// code = round_half_even(sum / (pixels * 2^(FL - fractional_length))), one rounding of the exact quotient, clamped to
/// the range.
StoredTensor average_pool(const StoredTensor& x, CodeRange range, int fractional_length);

}  // namespace f8net
