// SPDX-License-Identifier: Apache-2.0
/// A checkpoint's tensors from whatever kind of file it is, told by content, not by name.
#pragma once

#include <string>
#include <vector>

#include "core/tensorfile/tensor.h"

namespace f8net {

/// safetensors as read_safetensors(); .pth: the model's tensors (read_pth), with last_epoch and best_val in the
/// metadata where the file has them. DataError where it is neither; IoError where it cannot be read.
TensorMap load_checkpoint_file(const std::string& path);

/// Beginnings of the names of what a checkpoint of ours holds beside the network: the optimizer's momentum, generators,
/// the other ranks' statistics.
std::vector<std::string> training_prefixes();

}  // namespace f8net
