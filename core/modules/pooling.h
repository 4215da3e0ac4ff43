// SPDX-License-Identifier: Apache-2.0
/// The pool before the classifier in real numbers, by one rule in every mode (method.md 3.7): with
/// quantize_average_pool the plane's sum divided by the nearest power of two, and the factor that is missing to the
/// mean goes into the classifier's weight; else the mean. Threads  pure.
#pragma once

#include <torch/torch.h>

#include "core/config/experiment.h"

namespace f8net {

/// s = round(log2(pixels)).
int sum_pool_shift(int64_t pixels);
/// 2^s / pixels: what turns sum / 2^s into the mean.
double sum_pool_scale(int64_t pixels);
/// What the classifier's weight is multiplied with: sum_pool_scale where the configuration asks for it, else 1.
double classifier_pool_scale(const QuantizationConfig& settings, int64_t pixels);

/// [N, C, H, W] -> [N, C, 1, 1].
torch::Tensor final_pool(const torch::Tensor& x, const QuantizationConfig& settings);

}  // namespace f8net
