// SPDX-License-Identifier: Apache-2.0
/// Tensors with the names and shapes of a public network (tests/golden/pretrained/*.names) and values by formula.
#pragma once

#include <string>

#include "core/tensorfile/tensor.h"

namespace f8net::testing {

/// `stem` as "torchvision_resnet18". The values are those of tests/golden/pretrained/make_pretrained.py, bit for bit;
/// zeros where `with_values` is off.
TensorMap load_names(const std::string& stem, bool with_values = false);

}  // namespace f8net::testing
