// SPDX-License-Identifier: Apache-2.0
/// Fractional lengths on a device with kernels: chosen, averaged and used there. A `choice` is a LengthChoice of
/// core/cuda/kernels.h as bytes in the device's memory; only read() waits for it.
/// Errors   c10::AcceleratorError where a launch fails.   Threads  any; work is queued on the current stream.
#pragma once

#include <torch/torch.h>

#include "core/cuda/kernels.h"
#include "core/fixedpoint/format_choice.h"
#include "core/quantization/fake_quantize.h"

namespace f8net::device {

/// By grid search (at most kLengthsPerPass lengths), or else by the statistic (words of 8 bits).
torch::Tensor choose(const torch::Tensor& x, CodeRange range, bool is_grid_search, Statistic statistic);
/// The length that `running` ([1], float32 or float64) stands for, clamped to 0 .. largest.
torch::Tensor rounded_length(const torch::Tensor& running, int largest);
/// A length that the host knows, on the device of `like`.
torch::Tensor given_length(int length, const torch::Tensor& like);
LengthChoice read(const torch::Tensor& choice);
/// The statistic that a choice was made by: 0-D, float64, on the device.
torch::Tensor statistic_of(const torch::Tensor& choice);

/// `running` (undefined: nothing) is averaged with the choice's length; where its statistic is not finite, `note`
/// (FiniteWatch) becomes `tensor` instead.
void follow(const torch::Tensor& choice, const torch::Tensor& running, double momentum, const torch::Tensor& note,
            int32_t tensor);

/// Q(x) of words of at most 8 bits, and its codes as bytes (int8 where signed, else uint8) where they are wanted.
struct Codes {
    torch::Tensor values, codes;
};
Codes quantize_as_chosen(const torch::Tensor& x, CodeRange range, const torch::Tensor& choice, bool wants_codes);
/// What codes stand for, in `type`.
torch::Tensor values_of(const torch::Tensor& codes, CodeRange range, const torch::Tensor& choice,
                        torch::ScalarType type);
/// gradient += other (undefined: nothing); gradient = 0 where the code is at the edge. In the memory order of codes.
void pass_by_code(torch::Tensor& gradient, const torch::Tensor& other, const torch::Tensor& codes, CodeRange range);

/// eta of the length that `running` stands for, and its slope by alpha; 0-D.
struct ClipScale {
    torch::Tensor eta, slope;
};
ClipScale clip_scale(const torch::Tensor& alpha, const torch::Tensor& running, CodeRange range);

}  // namespace f8net::device
