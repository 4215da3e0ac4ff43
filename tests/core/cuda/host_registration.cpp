// SPDX-License-Identifier: Apache-2.0
// Linked into tests written for a CPU, this makes them go through what a device does: the CPU is a device with kernels.
#include <gtest/gtest.h>

#include "core/quantization/device_kernels.h"
#include "tests/core/cuda/host_kernels.h"

namespace f8net {
namespace {

class Registration : public testing::Environment {
public:
    void SetUp() override { register_kernels(torch::kCPU, &kernels_); }
    void TearDown() override { register_kernels(torch::kCPU, nullptr); }

private:
    HostKernels<> kernels_;
};

const testing::Environment* const kRegistration = testing::AddGlobalTestEnvironment(new Registration);

}  // namespace
}  // namespace f8net
