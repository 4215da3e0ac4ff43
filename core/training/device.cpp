// SPDX-License-Identifier: Apache-2.0
#include "core/training/device.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/cuda/driver.h"
#include "core/quantization/device_kernels.h"
#include "core/run/torch_backend.h"

namespace f8net {

namespace {

using std::filesystem::path;

/// The folder of the library or program that holds `function`.
path folder_of(const void* function) {
    Dl_info info{};
    return ::dladdr(function, &info) != 0 && info.dli_fname ? path(info.dli_fname).parent_path() : path();
}

/// RTLD_LOCAL: what LibTorch exports must not meet others' symbols in this process.
void* open_library(const path& file, const std::string& way_out) {
    void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle) return handle;
    const char* reason = ::dlerror();
    throw MissingError("a GPU was asked for, but a library for it cannot be loaded: " +
                       std::string(reason ? reason : file.string()) + "; get it with " + way_out);
}

/// LibTorch's GPU libraries, which register themselves with LibTorch. From where the rest of LibTorch is: two versions
/// in one process do not work.
void load_gpu_libraries() {
    const path libraries = folder_of(reinterpret_cast<const void*>(&at::get_num_threads));
    const path libtorch = libraries.parent_path().parent_path();
    static void* const handle =
        open_library(libraries / "libtorch_cuda.so", libtorch_fetch_command(libtorch.string(), true));
    (void)handle;
}

/// What a module of ours for GPUs exports.
template <typename Function>
Function load_function(const std::string& module, const char* name) {
    const std::string file = module_file(module);
    void* const handle = open_library(file, "./quickstart --cuda, which builds it where nvcc is");
    const auto function = reinterpret_cast<Function>(::dlsym(handle, name));
    if (!function) throw MissingError(file + " is not F8Net's module for GPUs: it has no " + name);
    return function;
}

/// Our kernels, which the quantization uses on GPUs from now on.
void load_kernels() {
    static const auto factory = load_function<GpuKernelsFactory>("libf8net_cuda.so", "f8net_gpu_kernels");
    static const GpuKernels* const kernels = factory();
    register_kernels(torch::kCUDA, kernels);
}

torch::Device open_gpu(int index) {
    load_gpu_libraries();
    load_kernels();
    // The driver has said yes; what LibTorch says is the last word.
    if (!torch::cuda::is_available() || index >= static_cast<int>(torch::cuda::device_count())) {
        throw DeviceError("cuda:" + std::to_string(index) +
                          ": the NVIDIA driver shows this GPU, but LibTorch cannot use it; f8net doctor shows what is "
                          "there; use --device cpu");
    }
    return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

torch::Device open_device(const std::string& name) {
    const int index = gpu_index_of(name);
    if (index >= 0) {
        require_gpu(name);
        return open_gpu(index);
    }
    if (name == "auto" && why_no_gpu(read_driver_facts()).empty()) {
        try {
            return open_gpu(0);
        } catch (const Error&) {
            // A GPU that cannot be used here is none: auto means the CPU then.
        }
    }
    return torch::kCPU;
}

std::unique_ptr<GpuGraph> open_gpu_graph(torch::Device device) {
    static const auto factory = load_function<GpuGraphFactory>("libf8net_cuda_graph.so", "f8net_gpu_graph");
    return std::unique_ptr<GpuGraph>(factory(device.index()));
}

std::string device_of_rank(const std::string& name, const RankPlace& place, int gpus) {
    if (place.is_alone()) return name;
    const std::string own = "cuda:" + std::to_string(place.local_rank);
    const int ranks_here = std::max(place.local_world, place.local_rank + 1);
    if (name == "cuda") return own;
    if (name == "auto") return gpus >= ranks_here ? own : "cpu";
    return name;
}

void set_compute_threads(int threads, int processes) {
    at::set_num_threads(threads > 0 ? threads : std::max(1, available_threads() / std::max(1, processes)));
}

}  // namespace f8net
