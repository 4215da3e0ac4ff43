// SPDX-License-Identifier: Apache-2.0
#include "core/training/device.h"

#include <dlfcn.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/parallel.h"

namespace f8net {

namespace {

/// Registers CUDA with LibTorch; once per process.
void load_cuda() {
    static void* const handle = ::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
    if (!handle) {
        const char* reason = ::dlerror();
        throw MissingError(std::string("a GPU was asked for, but LibTorch's CUDA libraries cannot be loaded: ") +
                           (reason ? reason : "libtorch_cuda.so") + "; fetch them with ./quickstart --cuda");
    }
}

int cuda_device_count() {
    load_cuda();
    return torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
}

}  // namespace

torch::Device open_device(const std::string& name) {
    if (name == "cpu") return torch::kCPU;
    if (name == "auto") {
        try {
            if (cuda_device_count() > 0) return {torch::kCUDA, 0};
        } catch (const MissingError&) {
            // No GPU libraries: auto means the CPU then.
        }
        return torch::kCPU;
    }
    int index = 0;
    if (name.starts_with("cuda:")) {
        const std::string digits = name.substr(5);
        if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) {
            throw ConfigError("device is '" + name + "', expected cpu, cuda, cuda:N or auto");
        }
        index = std::stoi(digits);
    } else if (name != "cuda") {
        throw ConfigError("device is '" + name + "', expected cpu, cuda, cuda:N or auto");
    }
    const int count = cuda_device_count();
    if (count == 0) {
        throw DeviceError("device is '" + name +
                          "', but no GPU works here: no NVIDIA driver or no device; use --device cpu");
    }
    if (index >= count) {
        throw DeviceError("device is '" + name + "', but there are " + std::to_string(count) +
                          " GPUs: cuda:0 to cuda:" + std::to_string(count - 1));
    }
    return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

std::vector<std::string> available_devices() {
    std::vector<std::string> devices{"cpu"};
    try {
        for (int i = 0; i < cuda_device_count(); ++i) devices.push_back("cuda:" + std::to_string(i));
    } catch (const MissingError&) {
        // The CPU alone.
    }
    return devices;
}

void set_compute_threads(int threads, int processes) {
    at::set_num_threads(threads > 0 ? threads : std::max(1, available_threads() / std::max(1, processes)));
}

}  // namespace f8net
