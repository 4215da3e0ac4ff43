// SPDX-License-Identifier: Apache-2.0
#include "core/training/graphed_step.h"

#include <vector>

namespace f8net {

namespace {

/// What the host counts in a step.
class BatchCounters {
public:
    explicit BatchCounters(Network& network) {
        for (const int index : network.graph().weighted_layers()) {
            if (ConvBatchNorm* conv = network.conv(index)) counters_.push_back(&conv->num_batches_tracked);
        }
        for (const int64_t* counter : counters_) before_.push_back(*counter);
    }
    void restore() {
        for (size_t i = 0; i < counters_.size(); ++i) *counters_[i] = before_[i];
    }

private:
    std::vector<int64_t*> counters_;
    std::vector<int64_t> before_;
};

std::string first_line(const std::string& words) {
    return words.substr(0, words.find('\n'));
}

}  // namespace

std::string why_not_captured(const Experiment& experiment, int ranks) {
    const QuantizationConfig& settings = experiment.quantization;
    if (!experiment.training.cuda_graph) return "training.cuda_graph is false";
    if (ranks > 1) return "several ranks exchange their gradients by way of the host";
    if (experiment.training.accumulate_steps(ranks) > 1) return "with training.micro_batch a step has several batches";
    if (settings.mode == NumericMode::kFloat)
        return "in mode float the host looks whether a weight reaches the clip; mode float-unclipped does not";
    if (settings.mode != NumericMode::kFakeQuant) return {};
    constexpr int kByte = 8;
    if (settings.granularity == Granularity::kPerChannel) return "the host chooses formats per channel";
    if (settings.compensate_streams) return "the host chooses the factors of quantization.compensate_streams";
    if (settings.input_format.word_length > kByte || settings.weight_format.word_length > kByte)
        return "the host chooses formats of words of more than 8 bits";
    return {};
}

GraphedStep::GraphedStep(std::unique_ptr<GpuGraph> graph, Network& network, int64_t batch, Step step)
    : network_(network),
      batch_(batch),
      step_(std::move(step)),
      graph_(std::make_unique<StepGraph>(std::move(graph), [this] { step_(pixels_, labels_); })) {}

void GraphedStep::run(const torch::Tensor& pixels, const torch::Tensor& labels) {
    if (!graph_ || labels.size(0) != batch_) {
        step_(pixels, labels);
        return;
    }
    fill(pixels, labels);
    const bool tries_to_capture = graph_->captures_next();
    BatchCounters counters(network_);
    try {
        if (graph_->run() == StepGraph::Ran::kReplayed) count_replayed_batch(network_);
        return;
    } catch (const c10::Error& error) {
        if (!tries_to_capture) throw;
        failure_ = first_line(error.what_without_backtrace());
    }
    // Nothing of it has reached the device yet. What the graph took of its memory goes back before the step needs it.
    counters.restore();
    graph_.reset();
    step_(pixels_, labels_);
}

void GraphedStep::fill(const torch::Tensor& pixels, const torch::Tensor& labels) {
    if (!pixels_.defined()) {
        pixels_ = torch::empty_like(pixels);
        labels_ = torch::empty_like(labels);
    }
    pixels_.copy_(pixels);
    labels_.copy_(labels);
}

}  // namespace f8net
