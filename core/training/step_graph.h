// SPDX-License-Identifier: Apache-2.0
/// A training step that a GPU replays as one CUDA graph, so that the host queues one thing instead of a thousand.
/// The step has to be the same work on the same memory each time: it reads its batch and learning rate from tensors
/// that are filled in place before run(), leaves its results in tensors that are read after it, and asks the device for
/// nothing in between.
/// Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

#include "core/cuda/graph.h"
#include "core/modules/network.h"

namespace f8net {

class StepGraph {
public:
    /// device: a GPU that open_device() gave. MissingError where libf8net_cuda_graph.so is not there.
    StepGraph(torch::Device device, std::function<void()> step);
    /// Of a graph from elsewhere.
    StepGraph(std::unique_ptr<GpuGraph> graph, std::function<void()> step);

    /// One step: the first kWarmUp times as it is (LibTorch's libraries settle), then captured, and replayed from there
    /// on. What `step` throws goes through.
    enum class Ran {
        kOnHost,  ///< `step` was called
        kReplayed
    };
    Ran run();
    /// Whether the next run() captures, and whether one has.
    bool captures_next() const { return calls_ == kWarmUp; }
    bool is_captured() const { return calls_ > kWarmUp; }
    /// To capture anew: a tensor of the step lies elsewhere now, or is of another shape.
    void forget();

    static constexpr int kWarmUp = 3;

private:
    std::unique_ptr<GpuGraph> graph_;
    std::function<void()> step_;
    int calls_ = 0;
};

/// What a replay leaves to the host: every batch norm has seen one batch more.
void count_replayed_batch(Network& network);

}  // namespace f8net
