// SPDX-License-Identifier: Apache-2.0
/// Notes on a device which of a network's tensors was the first to have no format because its values are not finite, so
/// that the host need not look at each: it asks when it reads a step's results.
/// Lifetime as long as kernels that note something are queued.   Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

namespace f8net {

class FiniteWatch {
public:
    /// The number by which a tensor is noted; "stage_0_layer_0.body.0: input".
    int32_t add(std::string tensor);
    /// From now on for tensors on that device. Nothing is noted where a device has no kernels: there the host chooses
    /// formats, and throws by itself.
    void to(torch::Device device);
    /// What kernels note: int32, one, 0 while all is finite. Undefined where nothing is noted.
    const torch::Tensor& note() const { return note_; }
    /// Waits for the device. NumericError naming the tensor where one was noted, which is forgotten then.
    void check();

private:
    std::vector<std::string> tensors_;
    torch::Tensor note_;
};

}  // namespace f8net
