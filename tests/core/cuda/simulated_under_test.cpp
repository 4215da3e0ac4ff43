// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/device_kernels.h"
#include "tests/core/cuda/host_kernels.h"
#include "tests/core/cuda/kernels_under_test.h"
#include "tests/core/cuda/simulated_device.h"

namespace f8net {

void KernelsUnderTest::SetUp() {
    static const HostKernels<DeviceAccess> kernels;
    register_kernels(kSimulatedDevice, &kernels);
    draw_seed();
}

torch::Tensor KernelsUnderTest::on_device(const std::function<torch::Tensor(const torch::Tensor&)>& work,
                                          const torch::Tensor& x) {
    return work(x.to(torch::Device(kSimulatedDevice, 0)));
}

int64_t KernelsUnderTest::copies_to_host() {
    return copies_from_simulated_device();
}

}  // namespace f8net
