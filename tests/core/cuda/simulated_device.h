// SPDX-License-Identifier: Apache-2.0
/// A device for LibTorch that is none: its tensors lie in memory that this process may touch only while an operator or
/// a kernel of the device is at work. Code that takes device memory for the host's dies there, and the way to the host
/// is counted, where a CPU that plays the device would let both pass.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace f8net {

inline constexpr torch::DeviceType kSimulatedDevice = torch::DeviceType::PrivateUse1;

/// While one lives, the device's memory may be touched.
class DeviceAccess {
public:
    DeviceAccess();
    ~DeviceAccess();
    DeviceAccess(const DeviceAccess&) = delete;
    DeviceAccess& operator=(const DeviceAccess&) = delete;
};

/// Numbers and tensors that were brought from the device to the host so far.
int64_t copies_from_simulated_device();

}  // namespace f8net
