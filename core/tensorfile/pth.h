// SPDX-License-Identifier: Apache-2.0
/// Reads PyTorch's .pth files (the zip form of torch.save since 1.6 and the form before) without running anything in
/// them: tensors and plain values come out, objects of unknown classes stay behind.
///
/// Memory   at most MemoryBudget::kTimesFileSize times the file's size (and 16 MiB); each storage is read once,
/// straight
///          into the tensor where it holds no other.
/// Errors   DataError naming file, tensor or entry; never a crash, also on mutated files.
/// Threads  reentrant.
#pragma once

#include <string>
#include <vector>

#include "core/tensorfile/tensor.h"

namespace f8net {

struct PthCheckpoint {
    /// Of the key `model` (else `state_dict`, `model_state_dict`), or of the whole file where it is a bare state
    /// dictionary. Names as stored, with a `module.` prefix where there is one.
    TensorMap model;
    /// Everything else that is a number, a list of whole numbers or a tensor, under the path of its keys:
    /// "last_epoch", "best_val", "optimizer.state.0.momentum_buffer", "optimizer.param_groups.0.lr".
    TensorMap other;
    std::vector<std::string> keys;  ///< of the outermost dictionary, where there is a `model` in it
};

enum class PthParts {
    kAll,
    kModel,  ///< of the rest only the numbers of the outermost dictionary, "last_epoch" and "best_val"
};

PthCheckpoint read_pth(const std::string& path, PthParts parts = PthParts::kAll);
/// The same from memory; `name` stands for the path in messages.
PthCheckpoint parse_pth(const void* data, size_t size_bytes, const std::string& name, PthParts parts = PthParts::kAll);

}  // namespace f8net
