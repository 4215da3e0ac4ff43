// SPDX-License-Identifier: Apache-2.0
/// What every path computes alike: requantization of whole tensors, ReLU, residual sums and pools on int32. Exact
/// integers, no float. Layout   H W C, one image.   Source  method.md 1, 3.7, 5.   Threads  pure.
#pragma once

#include <cstdint>

#include "core/architecture/layer_graph.h"
#include "core/fixedpoint/format.h"

namespace f8net {

/// codes[i] = requantized accumulator, shift = its fractional length minus the format's. Code is int16_t or int32_t.
template <typename Code>
void requantize_to_codes(const int32_t* accumulators, int64_t size, int shift, const FixedPointFormat& format,
                         Code* codes);

void relu(const int32_t* input, int64_t size, int32_t* output);

/// (a << shift_a) + (b << shift_b) as if in 64 bits, clamped once to +-(2^31 - 1). Shifts 0 to 31.
void add_saturating(const int32_t* a, int shift_a, const int32_t* b, int shift_b, int64_t size, int32_t* output);

/// Zero padding; the input must not be negative where there is padding.
void max_pool(const int32_t* input, const Shape& in, const Window& window, const Shape& out, int32_t* output);

/// Sum over the plane, clamped to +-(2^31 - 1).
void sum_pool(const int32_t* input, const Shape& in, int32_t* output);

/// round_half_even(sum / (pixels * 2^shift)), clamped to the format: one exact rational rounding.
void average_pool(const int32_t* input, const Shape& in, int shift, const FixedPointFormat& format, int32_t* output);

}  // namespace f8net
