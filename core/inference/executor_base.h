// SPDX-License-Identifier: Apache-2.0
/// What all executors share: the network, its checks, logits out of integers, times per node.
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
    std::vector<double> take_node_ms() final;
    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) final;
    std::vector<int32_t> run_codes(std::span<const int16_t> codes, int64_t images, LayerTrace* trace) final;

protected:
    ExecutorBase(const IntegerNetwork& network, std::string path, int num_threads);

    /// Logits of all images, [images, classes].
    virtual std::vector<int32_t> run_images(const ImageSource& first, int64_t images, LayerTrace* trace) = 0;

    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    const IntegerNode& input_of(const IntegerNode& it) const { return node(it.inputs[0]); }
    /// Network input and ReLU are not.
    static bool is_reported(const IntegerNode& it) { return it.kind != NodeKind::kInput && it.kind != NodeKind::kRelu; }

    const IntegerNetwork network_;
    const std::string path_;
    const int num_threads_;
    std::vector<double> node_ms_;

private:
    void need_images(size_t size, int64_t images) const;
};

/// What a trace wants, for all images of a run: filled image by image, then reported in execution order.
class TraceRecording {
public:
    TraceRecording(const IntegerNetwork& network, int64_t images);
    /// Values of one image. Threads: any, each with its own images.
    void put_codes(int node, int64_t image, std::span<const int32_t> values);
    void put_accumulators(int node, int64_t image, std::span<const int32_t> values);
    void report(LayerTrace& trace) const;

private:
    struct Values {
        std::vector<int32_t> codes, accumulators;
    };
    const IntegerNetwork& network_;
    std::vector<Values> nodes_;
};

std::unique_ptr<Executor> make_law_executor(const IntegerNetwork& network, const std::string& path, int num_threads);
class InstructionSet;
std::unique_ptr<Executor> make_fast_executor(const IntegerNetwork& network, const InstructionSet& set, int num_threads);

}  // namespace f8net
