// SPDX-License-Identifier: Apache-2.0
/// From a device's name to a device that works.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

namespace f8net {

/// name: cpu, cuda, cuda:N, auto (a GPU where one works, else the CPU). Loads LibTorch's CUDA libraries when a GPU is
/// asked for. Errors   MissingError where those libraries are not installed (the loader's words, the command that
/// fetches them);
///          DeviceError where there is no driver, no GPU, or no such number.
torch::Device open_device(const std::string& name);

/// "cpu" and what open_device would give beside it, without an error.
std::vector<std::string> available_devices();

/// Threads of LibTorch's operators in this process; 0: one per processor, shared by `processes` on this host. The same
/// count gives the same bits.
void set_compute_threads(int threads, int processes = 1);

}  // namespace f8net
