// SPDX-License-Identifier: Apache-2.0
/// The edge where LibTorch's own exceptions become ours: their text goes on, without the C++ stack behind it.
/// Errors   DeviceError: out of memory (asked, free, the batch, what needs less), or driver and libraries that do not
///          fit together, with their versions. DeviceLostError: the GPU or NCCL's connections are gone. Error with exit
///          code 70: any other failure of LibTorch.
/// Threads  any.
#pragma once

#include <torch/torch.h>

#include <optional>

#include "core/cuda/device_failure.h"

namespace f8net {

[[noreturn]] void throw_translated(const c10::Error& error, const std::optional<BatchAtWork>& at_work);

/// at_work: what the memory was asked for, where that is known.
template <typename Work>
auto with_torch_errors_translated(const Work& work, const std::optional<BatchAtWork>& at_work = std::nullopt) {
    try {
        return work();
    } catch (const c10::Error& error) {
        throw_translated(error, at_work);
    }
}

}  // namespace f8net
