// SPDX-License-Identifier: Apache-2.0
/// The pool before the classifier in real numbers, by one rule in every mode (method.md 3.7): with
/// quantize_average_pool the plane's sum divided by the nearest power of two, and the factor that is missing to the
/// mean goes into the classifier's weight; else the mean. Errors   ShapeError where the plane is not square.   Threads
/// pure.
#pragma once

#include <torch/torch.h>

#include "core/config/experiment.h"

namespace f8net {

/// What the classifier's weight is multiplied with, for a plane of kernel x kernel: pool_scale where the
/// configuration asks for it, else 1.
double classifier_pool_scale(const QuantizationConfig& settings, int kernel);

/// [N, C, k, k] -> [N, C, 1, 1].
torch::Tensor final_pool(const torch::Tensor& x, const QuantizationConfig& settings);

}  // namespace f8net
