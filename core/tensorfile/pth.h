// SPDX-License-Identifier: Apache-2.0
/// Reads PyTorch's .pth files (zip form, torch.save since 1.6) without running anything in them: tensors and plain
/// values come out, objects of unknown classes stay behind.
///
/// Errors   DataError naming file, tensor or entry; never a crash, also on mutated files.
/// Threads  reentrant.
#pragma once

#include <string>
#include <vector>

#include "core/tensorfile/tensor.h"

namespace f8net {

struct PthCheckpoint {
    /// Of the key `model` (or `state_dict`), or of the whole file where it is a bare state dictionary. Names as stored,
    /// with a `module.` prefix where there is one.
    TensorMap model;
    /// Everything else that is a number, a list of whole numbers or a tensor, under the path of its keys:
    /// "last_epoch", "best_val", "optimizer.state.0.momentum_buffer", "optimizer.param_groups.0.lr".
    TensorMap other;
    std::vector<std::string> keys;  ///< of the outermost dictionary, where there is a `model` in it
};

PthCheckpoint read_pth(const std::string& path);
/// The same from memory; `name` stands for the path in messages.
PthCheckpoint parse_pth(const void* data, size_t size_bytes, const std::string& name);

}  // namespace f8net
