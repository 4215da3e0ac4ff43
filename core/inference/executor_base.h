// SPDX-License-Identifier: Apache-2.0
/// What all executors share: the network and the range of it, its checks, logits out of integers, times per node.
#pragma once

#include <string>
#include <vector>

#include "core/inference/executor.h"
#include "core/inference/image_source.h"

namespace f8net {

class ExecutorBase : public Executor {
public:
    std::string path() const final { return path_; }
    const IntegerNetwork& network() const final { return network_; }
    NodeRange range() const final { return range_; }
    std::vector<double> take_node_ms() final;
    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) final;
    std::vector<int32_t> run_codes(std::span<const int16_t> codes, int64_t images, LayerTrace* trace) final;
    void run_range(const ImageSource& first_image, int64_t images, std::span<int32_t> output, LayerTrace* trace) final;

protected:
    ExecutorBase(const IntegerNetwork& network, const NodeRange& range, std::string path, int num_threads);

    /// The last node's values of all images, [images, output_size()].
    virtual void run_images(const ImageSource& first, int64_t images, int32_t* output, LayerTrace* trace) = 0;

    int64_t input_size() const { return node(range_.first).output.size(); }  ///< elements of an image
    int64_t output_size() const { return node(range_.last).output.size(); }

    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    const IntegerNode& input_of(const IntegerNode& it) const { return node(it.inputs[0]); }
    /// Network input and ReLU are not.
    static bool is_reported(const IntegerNode& it) { return it.kind != NodeKind::kInput && it.kind != NodeKind::kRelu; }

    const IntegerNetwork network_;
    const NodeRange range_;
    const std::string path_;
    const int num_threads_;
    std::vector<double> node_ms_;

private:
    std::vector<int32_t> run_whole(const ImageSource& first, size_t size, int64_t images, LayerTrace* trace);
};

/// What a trace wants, for all images of a run: filled image by image, then reported in execution order. Nodes behind
/// the first of the range, up to its last.
class TraceRecording {
public:
    TraceRecording(const IntegerNetwork& network, int64_t images)  ///< whole
        : TraceRecording(network, {0, static_cast<int>(network.nodes.size()) - 1}, images) {}
    TraceRecording(const IntegerNetwork& network, const NodeRange& range, int64_t images);
    /// Values of one image. Threads: any, each with its own images.
    void put_codes(int node, int64_t image, std::span<const int32_t> values);
    void put_accumulators(int node, int64_t image, std::span<const int32_t> values);
    void report(LayerTrace& trace) const;

private:
    struct Values {
        std::vector<int32_t> codes, accumulators;
    };
    const IntegerNetwork& network_;
    const NodeRange range_;
    std::vector<Values> nodes_;
};

std::unique_ptr<Executor> make_law_executor(const IntegerNetwork& network, const NodeRange& range,
                                            const std::string& path, int num_threads);
class InstructionSet;
std::unique_ptr<Executor> make_fast_executor(const IntegerNetwork& network, const NodeRange& range,
                                             const InstructionSet& set, int num_threads);

}  // namespace f8net
