// SPDX-License-Identifier: Apache-2.0
/// The steps of a training as replays of one graph, batch by batch: what is common to all is captured, and what a
/// replay cannot do is done around it. A batch of another size than the graph's is queued operation by operation, which
/// is the same work on the same weights; so is every batch once a capture has failed.
/// Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>

#include "core/config/experiment.h"
#include "core/training/step_graph.h"

namespace f8net {

/// Why steps of this experiment cannot be captured, in words; empty where they can: nothing in them asks the host.
std::string why_not_captured(const Experiment& experiment, int ranks = 1);

class GraphedStep {
public:
    /// The work of a device in one step: from pixels (bytes [N, H, W, C]) and labels (int64 [N]) to changed weights.
    /// Learning rate and what else differs from step to step it has to read from tensors that stay where they are.
    using Step = std::function<void(const torch::Tensor& pixels, const torch::Tensor& labels)>;

    /// batch: images of the steps that are captured. `network`, whose step it is, must outlive this.
    GraphedStep(std::unique_ptr<GpuGraph> graph, Network& network, int64_t batch, Step step);

    /// One step. The batch may go when it returns. Errors   what the step throws when it is queued; what it throws
    /// while it is captured, out of memory for example, is kept in failure() instead, and the step is queued.
    void run(const torch::Tensor& pixels, const torch::Tensor& labels);

    /// Whether a graph is there to be replayed.
    bool is_captured() const { return graph_ && graph_->is_captured(); }
    /// Why the step could not be captured, when that was tried; else empty.
    const std::string& failure() const { return failure_; }

private:
    void fill(const torch::Tensor& pixels, const torch::Tensor& labels);

    Network& network_;
    int64_t batch_;
    Step step_;
    torch::Tensor pixels_, labels_;  // what the graph reads
    std::unique_ptr<StepGraph> graph_;
    std::string failure_;
};

}  // namespace f8net
