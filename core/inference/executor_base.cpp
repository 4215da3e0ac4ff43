// SPDX-License-Identifier: Apache-2.0
#include "core/inference/executor_base.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/inference/memory_plan.h"

namespace f8net {

namespace {

void check_range(const IntegerNetwork& network, const NodeRange& range) {
    const auto nodes = static_cast<int>(network.nodes.size());
    if (range.first < 0 || range.first >= range.last || range.last >= nodes) {
        throw ConfigError("nodes " + std::to_string(range.first) + " to " + std::to_string(range.last) +
                          " are no part of a network of " + std::to_string(nodes) + " nodes");
    }
    for (int i = range.first + 1; i <= range.last; ++i) {
        for (const int input : network.nodes[static_cast<size_t>(i)].inputs) {
            if (input >= range.first) continue;
            throw ConfigError("nothing can begin at '" + network.nodes[static_cast<size_t>(range.first)].name + "': '" +
                              network.nodes[static_cast<size_t>(i)].name + "' reads '" +
                              network.nodes[static_cast<size_t>(input)].name + "' before it");
        }
    }
}

/// A file of a few bytes may describe a network that no machine holds.
void need_memory(const IntegerNetwork& network) {
    const double needed = static_cast<double>(plan_memory(network).size) * sizeof(int32_t);
    const double there = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
    if (needed <= there) return;
    constexpr double kGigabyte = 1e9;
    throw DataError("the network needs " + std::to_string(std::llround(needed / kGigabyte)) +
                    " GB of memory for one image, this machine has " + std::to_string(std::llround(there / kGigabyte)) +
                    " GB");
}

}  // namespace

ExecutorBase::ExecutorBase(const IntegerNetwork& network, const NodeRange& range, std::string path, int num_threads)
    : network_(network),
      range_(range),
      path_(std::move(path)),
      num_threads_(num_threads > 0 ? num_threads : available_threads()) {
    check(network_);
    check_range(network_, range_);
    need_memory(network_);
    node_ms_.assign(network_.nodes.size(), 0.0);
}

std::vector<double> ExecutorBase::take_node_ms() {
    return std::exchange(node_ms_, std::vector<double>(network_.nodes.size(), 0.0));
}

Logits ExecutorBase::run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) {
    Logits logits;
    logits.images = images;
    logits.classes = network_.num_classes();
    logits.integers = run_whole({.pixels = pixels.data()}, pixels.size(), images, trace);
    logits.values.assign(logits.integers.begin(), logits.integers.end());
    logits.scale = std::ldexp(network_.logit_scale, -network_.output().fractional_length);
    return logits;
}

std::vector<int32_t> ExecutorBase::run_codes(std::span<const int16_t> codes, int64_t images, LayerTrace* trace) {
    return run_whole({.codes = codes.data()}, codes.size(), images, trace);
}

std::vector<int32_t> ExecutorBase::run_whole(const ImageSource& first, size_t size, int64_t images, LayerTrace* trace) {
    if (range_.first != 0 || range_.last + 1 != static_cast<int>(network_.nodes.size()))
        throw ConfigError("a part of a network gives no logits");
    const int64_t expected = images * input_size();
    if (static_cast<int64_t>(size) != expected) {
        throw ShapeError("input", std::to_string(expected) + " values for " + std::to_string(images) + " images",
                         std::to_string(size));
    }
    std::vector<int32_t> logits(static_cast<size_t>(images * output_size()));
    run_images(first, images, logits.data(), trace);
    return logits;
}

void ExecutorBase::run_range(const ImageSource& first_image, int64_t images, std::span<int32_t> output,
                             LayerTrace* trace) {
    if ((range_.first == 0) != (first_image.values == nullptr)) {
        throw ConfigError(range_.first == 0 ? "a network is given pixels or codes"
                                            : "what begins at '" + node(range_.first).name + "' is given its values");
    }
    const int64_t expected = images * output_size();
    if (static_cast<int64_t>(output.size()) != expected)
        throw ShapeError(node(range_.last).name, std::to_string(expected), std::to_string(output.size()));
    run_images(first_image, images, output.data(), trace);
}

TraceRecording::TraceRecording(const IntegerNetwork& network, const NodeRange& range, int64_t images)
    : network_(network), range_(range), nodes_(network.nodes.size()) {
    for (auto i = static_cast<size_t>(range.first) + 1; i <= static_cast<size_t>(range.last); ++i) {
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
    for (auto i = static_cast<size_t>(range_.first) + 1; i <= static_cast<size_t>(range_.last); ++i) {
        const IntegerNode& node = network_.nodes[i];
        if (node.has_weights())
            trace.on_codes(node.name, network_.nodes[static_cast<size_t>(node.inputs[0])].output, nodes_[i].codes);
        if (!nodes_[i].accumulators.empty()) trace.on_accumulators(node.name, node.output, nodes_[i].accumulators);
    }
}

}  // namespace f8net
