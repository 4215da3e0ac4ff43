// SPDX-License-Identifier: Apache-2.0
#include "core/training/step_graph.h"

#include "core/training/device.h"

namespace f8net {

StepGraph::StepGraph(torch::Device device, std::function<void()> step)
    : StepGraph(open_gpu_graph(device), std::move(step)) {}

StepGraph::StepGraph(std::unique_ptr<GpuGraph> graph, std::function<void()> step)
    : graph_(std::move(graph)), step_(std::move(step)) {}

StepGraph::Ran StepGraph::run() {
    if (calls_ < kWarmUp) {
        graph_->warm_up(step_);
        ++calls_;
        return Ran::kOnHost;
    }
    const bool is_first = captures_next();
    if (is_first) {
        graph_->capture(step_);
        ++calls_;
    }
    graph_->replay();
    return is_first ? Ran::kOnHost : Ran::kReplayed;
}

void StepGraph::forget() {
    calls_ = 0;
}

void count_replayed_batch(Network& network) {
    for (const int index : network.graph().weighted_layers()) {
        if (ConvBatchNorm* conv = network.conv(index)) ++conv->num_batches_tracked;
    }
}

}  // namespace f8net
