// SPDX-License-Identifier: Apache-2.0
/// From a device's name to a device that works.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "core/cuda/graph.h"
#include "core/run/rank_place.h"

namespace f8net {

/// name: cpu, cuda, cuda:N, auto (a GPU where one works, else the CPU). Loads LibTorch's GPU libraries when a GPU is
/// asked for; before anything asks LibTorch whether there is a GPU, as torch::manual_seed() does: it remembers the
/// answer. Errors   DeviceError where there is no driver, no GPU, no such number, or driver and libraries do not fit
///          together; MissingError where the libraries are not installed (which file, the command that fetches them);
///          ConfigError for another name.
torch::Device open_device(const std::string& name);

/// What captures work on a GPU that open_device() gave. MissingError where libf8net_cuda_graph.so is not built.
std::unique_ptr<GpuGraph> open_gpu_graph(torch::Device device);

/// The device of one of several ranks on a host, of which every rank has the same `gpus`: "cuda" gives each a GPU of
/// its own, by its local rank, "auto" too where there are enough, else the CPU; what names a device means that one.
std::string device_of_rank(const std::string& name, const RankPlace& place, int gpus);

/// Threads of LibTorch's operators in this process; 0: one per processor, shared by `processes` on this host. The same
/// count gives the same bits.
void set_compute_threads(int threads, int processes = 1);

}  // namespace f8net
