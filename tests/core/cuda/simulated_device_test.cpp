// SPDX-License-Identifier: Apache-2.0
#include "tests/core/cuda/simulated_device.h"

#include <gtest/gtest.h>

namespace f8net {
namespace {

TEST(SimulatedDevice, CountsWhatComesToTheHost) {
    const torch::Tensor x = torch::ones({4, 3}, torch::TensorOptions().device(kSimulatedDevice));
    const int64_t before = copies_from_simulated_device();
    const torch::Tensor sum = (x * 2).t().contiguous().sum();
    EXPECT_EQ(copies_from_simulated_device(), before) << "work on the device is none";
    EXPECT_EQ(sum.item<float>(), 24);
    EXPECT_EQ(copies_from_simulated_device(), before + 1);
    EXPECT_EQ(x.cpu().numel(), 12);
    EXPECT_EQ(copies_from_simulated_device(), before + 2);
}

TEST(SimulatedDeviceDeathTest, KeepsTheHostOutOfItsMemory) {
    const torch::Tensor x = torch::ones({4}, torch::TensorOptions().device(kSimulatedDevice));
    EXPECT_DEATH(std::printf("%g", static_cast<double>(*x.const_data_ptr<float>())), "");
    const DeviceAccess access;
    EXPECT_EQ(*x.const_data_ptr<float>(), 1);
}

}  // namespace
}  // namespace f8net
