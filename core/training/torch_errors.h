// SPDX-License-Identifier: Apache-2.0
/// The edge where LibTorch's own exceptions become ours: their text goes on, without the C++ stack behind it.
/// Errors   DeviceError: out of memory; Error with exit code 70: any other failure of LibTorch.   Threads  any.
#pragma once

#include <torch/torch.h>

#include <string>

#include "core/base/error.h"

namespace f8net {

template <typename Work>
auto with_torch_errors_translated(const Work& work) {
    try {
        return work();
    } catch (const c10::OutOfMemoryError& error) {
        throw DeviceError(std::string("out of device memory: ") + error.what_without_backtrace() +
                          "; use a smaller training.batch_size or training.micro_batch");
    } catch (const c10::Error& error) {
        const std::string text = error.what_without_backtrace();
        const bool is_host_memory = text.find("DefaultCPUAllocator") != std::string::npos;
        if (is_host_memory) {
            throw DeviceError("out of memory: " + text + "; use a smaller training.batch_size or training.micro_batch");
        }
        throw Error(ExitCode::kInternal, "LibTorch: " + text);
    }
}

}  // namespace f8net
