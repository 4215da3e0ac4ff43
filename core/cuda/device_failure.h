// SPDX-License-Identifier: Apache-2.0
/// What a failure on a GPU means for the run, from the words and the code of whoever reports it: CUDA, LibTorch's
/// caching allocator, cuDNN, cuBLAS, NCCL. Without LibTorch, so that it can be tested on words alone.
/// Source   the texts of CUDA 13, LibTorch 2.11, NCCL 2.28.   Threads  pure.
#pragma once

#include <optional>
#include <string>

namespace f8net {

enum class DeviceFailure {
    kOther,        ///< says nothing about the device: a bug, a wrong shape
    kOutOfMemory,  ///< the run can be gone on with, with less at once
    kLost,         ///< the GPU or the connection to other GPUs is gone, for this process at least
    kMisfit,       ///< driver, libraries and GPU do not fit together
};
/// cuda_code: cudaError_t where the reporter has one, else 0.
DeviceFailure classify_device_failure(const std::string& words, int cuda_code);

/// "2.50 GiB asked, 1.20 GiB of 79.11 GiB free", as far as `words` say so; empty where they do not.
std::string memory_asked_and_free(const std::string& words);

/// How training asks for less memory at once.
struct BatchAtWork {
    int batch = 0;        ///< images of one process per optimizer step
    int micro_batch = 0;  ///< of these, per forward pass
};
/// The way out of a memory shortage: the batch, and a smaller one with accumulation; the run goes on with --resume.
std::string advice_on_memory(const std::optional<BatchAtWork>& at_work);

}  // namespace f8net
