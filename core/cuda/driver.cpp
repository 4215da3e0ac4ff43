// SPDX-License-Identifier: Apache-2.0
#include "core/cuda/driver.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "core/base/error.h"

namespace f8net {
namespace {

// CUresult of cuda.h, whose values are part of the driver's interface.
constexpr int kStubLibrary = 34, kNoDevice = 100, kNotReady = 802, kMismatch = 803;

/// Function `name` of the driver library.
template <typename Function>
Function* find(void* library, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(library, name));
}

/// "580.65.06" out of "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build ...".
std::string kernel_driver_version() {
    std::ifstream file("/proc/driver/nvidia/version");
    std::string line;
    std::smatch found;
    if (std::getline(file, line) && std::regex_search(line, found, std::regex(R"(\s(\d+\.[\d.]+)\s)"))) return found[1];
    return {};
}

/// "580.65.06" out of ".../libcuda.so.580.65.06", to which libcuda.so.1 is a link.
std::string library_version(void* function) {
    Dl_info info{};
    if (!function || ::dladdr(function, &info) == 0 || !info.dli_fname) return {};
    std::error_code failed;
    const std::string name = std::filesystem::canonical(info.dli_fname, failed).filename().string();
    std::smatch found;
    return std::regex_match(name, found, std::regex(R"(libcuda\.so\.(\d+\.[\d.]+))")) ? found[1].str() : std::string();
}

std::vector<GpuDescription> describe_gpus(void* library) {
    const auto count_of = find<int(int*)>(library, "cuDeviceGetCount");
    const auto get = find<int(int*, int)>(library, "cuDeviceGet");
    const auto name_of = find<int(char*, int, int)>(library, "cuDeviceGetName");
    const auto attribute_of = find<int(int*, int, int)>(library, "cuDeviceGetAttribute");
    const auto memory_of = find<int(size_t*, int)>(library, "cuDeviceTotalMem_v2");
    if (!count_of || !get || !name_of || !attribute_of || !memory_of) return {};
    constexpr int kMajorAttribute = 75, kMinorAttribute = 76;
    std::vector<GpuDescription> gpus;
    int count = 0;
    if (count_of(&count) != 0) return {};
    for (int i = 0; i < count; ++i) {
        int device = 0, major = 0, minor = 0;
        char name[256] = {};
        size_t memory = 0;
        GpuDescription gpu;
        if (get(&device, i) == 0) {
            if (name_of(name, sizeof(name) - 1, device) == 0) gpu.name = name;
            attribute_of(&major, kMajorAttribute, device);
            attribute_of(&minor, kMinorAttribute, device);
            if (memory_of(&memory, device) == 0) gpu.memory_bytes = memory;
        }
        gpu.capability = 10 * major + minor;
        gpus.push_back(gpu);
    }
    return gpus;
}

std::string capability_text(int capability) {
    return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

std::string driver_name(const DriverFacts& facts) {
    const std::string& version = facts.kernel_version.empty() ? facts.library_version : facts.kernel_version;
    return version.empty() ? "the NVIDIA driver" : "the NVIDIA driver " + version;
}

std::string why_not_initialized(const DriverFacts& facts) {
    const std::string hidden =
        facts.visible_devices.empty() ? std::string() : " (CUDA_VISIBLE_DEVICES is " + facts.visible_devices + ")";
    switch (facts.init_code) {
        case kNoDevice:
            return driver_name(facts) + " finds no GPU" + hidden;
        case kMismatch:
            return "the NVIDIA driver in the kernel is " +
                   (facts.kernel_version.empty() ? "of another version" : facts.kernel_version) +
                   ", its library libcuda.so.1 is " + (facts.library_version.empty() ? "not" : facts.library_version) +
                   ": restart the machine after an update of the driver, or load the kernel modules anew";
        case kStubLibrary:
            return "libcuda.so.1 is the stub of a CUDA toolkit, not the driver's: take the stub's folder out of "
                   "LD_LIBRARY_PATH";
        case kNotReady:
            return driver_name(facts) + " is not ready (" + facts.init_name +
                   "): are nvidia-persistenced and, with NVSwitch, nvidia-fabricmanager running?";
        default:
            return driver_name(facts) + " does not start: " + facts.init_name + " (" + std::to_string(facts.init_code) +
                   ")" + hidden;
    }
}

}  // namespace

std::string to_text(CudaVersion version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string GpuDescription::to_text() const {
    constexpr uint64_t kGibibyte = uint64_t{1} << 30;
    return name + " (compute capability " + capability_text(capability) + ", " +
           std::to_string((memory_bytes + kGibibyte / 2) / kGibibyte) + " GiB)";
}

DriverFacts read_driver_facts() {
    DriverFacts facts;
    if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES"))
        facts.visible_devices = "'" + std::string(visible) + "'";
    // Never closed: the driver does not survive it.
    void* const library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char* words = ::dlerror();
        facts.loader_words = words ? words : "libcuda.so.1 cannot be opened";
        return facts;
    }
    const auto init = find<int(unsigned)>(library, "cuInit");
    const auto version = find<int(int*)>(library, "cuDriverGetVersion");
    if (!init || !version) {
        facts.loader_words = "libcuda.so.1 has no cuInit";
        return facts;
    }
    facts.kernel_version = kernel_driver_version();
    facts.library_version = library_version(reinterpret_cast<void*>(init));
    facts.init_code = init(0);
    facts.init_name = "CUDA_ERROR";
    const char* name = nullptr;
    const auto name_of = find<int(int, const char**)>(library, "cuGetErrorName");
    if (name_of && name_of(facts.init_code, &name) == 0 && name) facts.init_name = name;
    (void)version(&facts.newest_cuda);
    if (facts.init_code == 0) facts.gpus = describe_gpus(library);
    return facts;
}

std::string why_no_gpu(const DriverFacts& facts, int index) {
    if (!facts.loader_words.empty()) return "there is no NVIDIA driver here (" + facts.loader_words + ")";
    if (facts.init_code != 0) return why_not_initialized(facts);
    if (facts.newest_cuda / 1000 < kNeededCuda / 1000) {
        return driver_name(facts) + " runs programs of up to CUDA " + to_text(facts.newest_cuda) +
               ", the libraries of LibTorch are of CUDA " + to_text(kNeededCuda) +
               ": install a driver of version 580 or newer";
    }
    const auto count = static_cast<int>(facts.gpus.size());
    if (count == 0) return driver_name(facts) + " finds no GPU";
    if (index >= count) {
        return count == 1 ? "there is only one GPU: cuda:0"
                          : "there are " + std::to_string(count) + " GPUs: cuda:0 to cuda:" + std::to_string(count - 1);
    }
    const GpuDescription& gpu = facts.gpus[static_cast<size_t>(index)];
    if (gpu.capability < kOldestCapability) {
        return gpu.to_text() + " is older than LibTorch's libraries have code for: compute capability " +
               capability_text(kOldestCapability) + " or higher";
    }
    return {};
}

int gpu_index_of(const std::string& device) {
    if (device == "cpu" || device == "auto") return -1;
    if (device == "cuda") return 0;
    const std::string digits = device.starts_with("cuda:") ? device.substr(5) : std::string();
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) {
        throw ConfigError("device is '" + device + "', expected cpu, cuda, cuda:N or auto");
    }
    return std::stoi(digits);
}

void require_gpu(const std::string& device) {
    const int index = gpu_index_of(device);
    if (index < 0) return;
    const std::string reason = why_no_gpu(read_driver_facts(), index);
    if (!reason.empty()) throw DeviceError("device is '" + device + "', but " + reason + "; use --device cpu");
}

}  // namespace f8net
