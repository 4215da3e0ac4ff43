// SPDX-License-Identifier: Apache-2.0
#include "core/inference/executor_base.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/parallel.h"

namespace f8net {

ExecutorBase::ExecutorBase(const IntegerNetwork& network, std::string path, int num_threads)
    : network_(network), path_(std::move(path)), num_threads_(num_threads > 0 ? num_threads : available_threads()) {
    check(network_);
    node_ms_.assign(network_.nodes.size(), 0.0);
}

std::vector<double> ExecutorBase::take_node_ms() {
    return std::exchange(node_ms_, std::vector<double>(network_.nodes.size(), 0.0));
}

Logits ExecutorBase::run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) {
    need_images(pixels.size(), images);
    Logits logits;
    logits.images = images;
    logits.classes = network_.num_classes();
    logits.integers = run_images({pixels.data(), nullptr}, images, trace);
    logits.values.assign(logits.integers.begin(), logits.integers.end());
    logits.scale = std::ldexp(network_.logit_scale, -network_.output().fractional_length);
    return logits;
}

std::vector<int32_t> ExecutorBase::run_codes(std::span<const int16_t> codes, int64_t images, LayerTrace* trace) {
    need_images(codes.size(), images);
    return run_images({nullptr, codes.data()}, images, trace);
}

void ExecutorBase::need_images(size_t size, int64_t images) const {
    const int64_t expected = images * network_.input().output.size();
    if (static_cast<int64_t>(size) != expected) {
        throw ShapeError("input", std::to_string(expected) + " values for " + std::to_string(images) + " images",
                         std::to_string(size));
    }
}

TraceRecording::TraceRecording(const IntegerNetwork& network, int64_t images)
    : network_(network), nodes_(network.nodes.size()) {
    for (size_t i = 0; i < nodes_.size(); ++i) {
        const IntegerNode& node = network_.nodes[i];
        if (node.kind != NodeKind::kInput && node.kind != NodeKind::kRelu)
            nodes_[i].accumulators.resize(static_cast<size_t>(images * node.output.size()));
        if (node.has_weights()) {
            const int64_t size = network_.nodes[static_cast<size_t>(node.inputs[0])].output.size();
            nodes_[i].codes.resize(static_cast<size_t>(images * size));
        }
    }
}

void TraceRecording::put_codes(int node, int64_t image, std::span<const int32_t> values) {
    std::copy(values.begin(), values.end(),
              nodes_[static_cast<size_t>(node)].codes.begin() + image * static_cast<int64_t>(values.size()));
}

void TraceRecording::put_accumulators(int node, int64_t image, std::span<const int32_t> values) {
    std::copy(values.begin(), values.end(),
              nodes_[static_cast<size_t>(node)].accumulators.begin() + image * static_cast<int64_t>(values.size()));
}

void TraceRecording::report(LayerTrace& trace) const {
    for (size_t i = 0; i < nodes_.size(); ++i) {
        const IntegerNode& node = network_.nodes[i];
        if (node.has_weights())
            trace.on_codes(node.name, network_.nodes[static_cast<size_t>(node.inputs[0])].output, nodes_[i].codes);
        if (!nodes_[i].accumulators.empty()) trace.on_accumulators(node.name, node.output, nodes_[i].accumulators);
    }
}

}  // namespace f8net
