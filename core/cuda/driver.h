// SPDX-License-Identifier: Apache-2.0
/// What the NVIDIA driver of this machine can do, found out without LibTorch or CUDA's own libraries: it is asked
/// before two gigabytes of libraries are loaded, so that a machine without a GPU gets one clear answer at once. Errors
/// none are thrown by reading; require_gpu throws DeviceError.   Threads  any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace f8net {

/// A CUDA version as CUDA counts: 1000 * major + 10 * minor.
using CudaVersion = int;
std::string to_text(CudaVersion version);  ///< without "CUDA": "13.0"

/// Of the libraries that LibTorch is built with; the kernels of core/cuda too.
inline constexpr CudaVersion kNeededCuda = 13000;
/// The oldest GPUs that they have code for: compute capability 7.5, as 10 * major + minor.
inline constexpr int kOldestCapability = 75;

struct GpuDescription {
    std::string name;
    int capability = 0;  ///< 10 * major + minor
    uint64_t memory_bytes = 0;
    std::string to_text() const;  ///< "NVIDIA H200 (compute capability 9.0, 140 GiB)"
};

struct DriverFacts {
    std::string loader_words;          ///< why libcuda.so.1 could not be opened; empty where it could
    int init_code = 0;                 ///< what cuInit answered, CUresult; 0: well
    std::string init_name;             ///< its name: "CUDA_ERROR_NO_DEVICE"
    CudaVersion newest_cuda = 0;       ///< that the driver can run
    std::string kernel_version;        ///< of the part in the kernel: "580.65.06"; empty where it does not say
    std::string library_version;       ///< of libcuda.so.1; empty where its file does not say
    std::string visible_devices;       ///< CUDA_VISIBLE_DEVICES as "'0,1'"; empty where it is not set
    std::vector<GpuDescription> gpus;  ///< in CUDA's order
};

DriverFacts read_driver_facts();

/// Why GPU number `index` cannot be used, and the way out; empty where it can.
std::string why_no_gpu(const DriverFacts& facts, int index = 0);

/// N of "cuda:N", 0 of "cuda", -1 of "cpu" and "auto".   ConfigError for anything else.
int gpu_index_of(const std::string& device);

/// DeviceError where `device` names a GPU that cannot be used: one line, with the device and the reason.
void require_gpu(const std::string& device);

}  // namespace f8net
