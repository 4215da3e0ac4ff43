// SPDX-License-Identifier: Apache-2.0
#include "core/training/torch_errors.h"

#include <string>

#include "core/base/error.h"
#include "core/cuda/driver.h"
#include "core/run/device_lost.h"

namespace f8net {
namespace {

DeviceFailure classify(const c10::Error& error, const std::string& words) {
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error)) return DeviceFailure::kOutOfMemory;
    const auto* accelerator = dynamic_cast<const c10::AcceleratorError*>(&error);
    return classify_device_failure(words, accelerator ? accelerator->get_error_code() : 0);
}

/// "CUDA error: the GPU is lost", without CUDA's advice on debugging.
std::string first_line(const std::string& words) {
    return words.substr(0, words.find('\n'));
}

}  // namespace

void throw_translated(const c10::Error& error, const std::optional<BatchAtWork>& at_work) {
    const std::string words = error.what_without_backtrace();
    switch (classify(error, words)) {
        case DeviceFailure::kOutOfMemory: {
            const std::string numbers = memory_asked_and_free(words);
            const bool is_host = words.find("DefaultCPUAllocator") != std::string::npos;
            throw DeviceError(std::string(is_host ? "out of memory: " : "out of GPU memory: ") +
                              (numbers.empty() ? first_line(words) : numbers) + "; " + advice_on_memory(at_work));
        }
        case DeviceFailure::kLost:
            throw DeviceLostError("the GPU does not answer any more: " + first_line(words) +
                                  "; the run goes on from its last checkpoint with --resume, once nvidia-smi shows the "
                                  "GPU healthy");
        case DeviceFailure::kMisfit: {
            const std::string reason = why_no_gpu(read_driver_facts());
            throw DeviceError("driver, libraries and GPU do not fit together: " +
                              (reason.empty() ? first_line(words) + " (driver for CUDA " +
                                                    to_text(read_driver_facts().newest_cuda) + ", libraries of CUDA " +
                                                    to_text(kNeededCuda) + ")"
                                              : reason));
        }
        case DeviceFailure::kOther:
            throw Error(ExitCode::kInternal, "LibTorch: " + words);
    }
    throw Error(ExitCode::kInternal, "LibTorch: " + words);
}

}  // namespace f8net
