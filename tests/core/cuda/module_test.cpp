// SPDX-License-Identifier: Apache-2.0
// libf8net_cuda.so as it is loaded: its one name, and what it says where no GPU is.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <array>

#include "core/cuda/device_failure.h"
#include "core/cuda/driver.h"
#include "core/cuda/kernels.h"

namespace f8net {
namespace {

using testing::HasSubstr;

const GpuKernels& module_kernels() {
    void* const handle = ::dlopen(F8NET_CUDA_MODULE, RTLD_NOW | RTLD_LOCAL);
    if (!handle) throw std::runtime_error(::dlerror());
    return *reinterpret_cast<GpuKernelsFactory>(::dlsym(handle, "f8net_gpu_kernels"))();
}

TEST(CudaModule, SaysWhatItWasBuiltFor) {
    EXPECT_THAT(module_kernels().built_for(), HasSubstr("CUDA " + std::to_string(kNeededCuda / 1000)));
    EXPECT_THAT(module_kernels().built_for(), HasSubstr("PTX for 7.5"));
}

TEST(CudaModule, WorkspaceHoldsTheSumsOfAllParts) {
    EXPECT_EQ(module_kernels().workspace_bytes(1), 10 * 8);
    EXPECT_EQ(module_kernels().workspace_bytes(8193), 2 * 10 * 8);
    EXPECT_EQ(module_kernels().moments_workspace_bytes(128 * 56 * 56, 64), 512 * 64 * 2 * 8);
}

TEST(CudaModule, ALaunchWithoutADriverReturnsItsReason) {
    if (why_no_gpu(read_driver_facts()).empty()) GTEST_SKIP() << "there is a GPU";
    std::array<float, 4> x{};
    const int code = module_kernels().of(0.0f).quantize(x.data(), x.data(), nullptr, 4,
                                                        CodeGrid<float>::make(5, 255, false), true, nullptr);
    ASSERT_NE(code, 0);
    EXPECT_THAT(module_kernels().describe(code), HasSubstr("driver"));
    EXPECT_EQ(classify_device_failure(module_kernels().describe(code), code), DeviceFailure::kMisfit);
}

}  // namespace
}  // namespace f8net
