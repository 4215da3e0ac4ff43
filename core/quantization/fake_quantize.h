// SPDX-License-Identifier: Apache-2.0
/// Quantize and return to float, with the straight-through gradient that fixed-point training needs.
/// Formula  r = round_half_to_even(x * 2^FL), code = clamp(r, lo, hi), result = code / 2^FL. Gradient passes where lo <
/// r < hi (r before the
///          clamp; unsigned: 0 < r < hi), else 0; none to FL. The code tells whether r was inside, so only the result
///          is kept for backward.
/// Shapes   x: any, float32 or float64, any device; result as x, same memory format.
/// Source   method.md 1, 3.1.   Errors  ConfigError for a word length outside 2 to 32, ShapeError where lengths do not
/// fit. Threads  autograd's rules.
#pragma once

#include <torch/torch.h>

#include "core/quantization/chosen_lengths.h"

namespace f8net {

/// A quantization grid without its position: code range only.
struct CodeRange {
    int word_length = 8;
    bool is_signed = false;
    double highest() const;  ///< 2^(WL - signed) - 1
    double lowest() const;   ///< 0, or -highest()
};

/// channel_axis: the dimension that the lengths belong to where there are several.
torch::Tensor fake_quantize(const torch::Tensor& x, CodeRange range, const FractionalLengths& fractional_length,
                            int64_t channel_axis = 0);
/// The same clamp without rounding: floating-point training with clipping.
torch::Tensor fake_clip(const torch::Tensor& x, CodeRange range, const FractionalLengths& fractional_length,
                        int64_t channel_axis = 0);

/// `quantized`, which a device has made of x beside its codes as bytes (device_lengths.h), with fake_quantize's
/// gradient to x, for which it keeps the codes alone.
torch::Tensor with_gradient_by_code(const torch::Tensor& x, const torch::Tensor& quantized, const torch::Tensor& codes,
                                    CodeRange range);

/// 2^FL in the type and on the device of `like`; 0-D for one length, else shaped to broadcast along channel_axis of a
/// tensor of `dimensions`.
torch::Tensor power_of_two(const FractionalLengths& fractional_length, int64_t channel_axis, int64_t dimensions,
                           const torch::TensorOptions& like);

}  // namespace f8net
