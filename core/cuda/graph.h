// SPDX-License-Identifier: Apache-2.0
/// A step's work on a GPU as one graph of CUDA: the interface between libf8net_cuda_graph.so, which links LibTorch's
/// GPU libraries, and core/training, which does not. Threads  one at a time.   Lifetime  replay() reads and writes the
/// memory that was used while capturing.
#pragma once

#include <functional>

namespace f8net {

class GpuGraph {
public:
    virtual ~GpuGraph() = default;
    /// Does the work once, on the stream that capture() uses: libraries make what they need on a first call.
    virtual void warm_up(const std::function<void()>& work) = 0;
    /// Queues nothing: notes what `work` would queue. What `work` throws goes through; nothing is captured then. Any
    /// wait for the device, on the thread that captures or by way of its stream, is an error of CUDA.
    virtual void capture(const std::function<void()>& work) = 0;
    /// Queues what was captured on the current stream.
    virtual void replay() = 0;
};

/// What the module exports under the name f8net_gpu_graph. device: number of the GPU.
/// The caller owns the result.
using GpuGraphFactory = GpuGraph* (*)(int device);

}  // namespace f8net
