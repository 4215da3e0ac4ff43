// SPDX-License-Identifier: Apache-2.0
#include "core/inference/executor.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/inference/kernels/kernel.h"
#include "core/inference/memory_plan.h"
#include "core/inference/node_operations.h"
#include "core/network/bounds.h"

namespace f8net {
namespace {

bool is_reported(const IntegerNode& node) {
    return node.kind != NodeKind::kInput && node.kind != NodeKind::kRelu;
}

class NetworkExecutor final : public Executor {
public:
    NetworkExecutor(const IntegerNetwork& network, std::string path, int num_threads)
        : network_(network), path_(std::move(path)), num_threads_(num_threads > 0 ? num_threads : available_threads()) {
        check(network_);
        plan_ = plan_memory(network_);
        for (const IntegerNode& node : network_.nodes)
            kernels_.push_back(node.has_weights() ? make_kernel(node) : nullptr);
        node_ms_.assign(network_.nodes.size(), 0.0);
    }

    std::string path() const override { return path_; }
    const IntegerNetwork& network() const override { return network_; }
    std::vector<double> take_node_ms() override {
        return std::exchange(node_ms_, std::vector<double>(network_.nodes.size(), 0.0));
    }

    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) override {
        need_images(pixels.size(), images);
        const auto per_image = static_cast<size_t>(network_.input().output.size());
        std::vector<int16_t> codes(pixels.size());
        for (size_t i = 0; i < static_cast<size_t>(images); ++i) {
            const auto image = input_codes(network_, pixels.data() + i * per_image);
            std::copy(image.begin(), image.end(), codes.begin() + static_cast<std::ptrdiff_t>(i * per_image));
        }
        Logits logits;
        logits.images = images;
        logits.classes = network_.num_classes();
        logits.integers = run_codes(codes, images, trace);
        logits.values.assign(logits.integers.begin(), logits.integers.end());
        logits.scale = std::ldexp(network_.logit_scale, -network_.output().fractional_length);
        return logits;
    }

    std::vector<int32_t> run_codes(std::span<const int16_t> codes, int64_t images, LayerTrace* trace) override {
        need_images(codes.size(), images);
        std::vector<Recording> recordings;
        if (trace != nullptr) recordings = make_recordings(images);
        std::vector<int32_t> logits(static_cast<size_t>(images * network_.num_classes()));
        const int threads = static_cast<int>(std::clamp<int64_t>(images, 1, num_threads_));
        std::vector<std::vector<double>> seconds(static_cast<size_t>(threads),
                                                 std::vector<double>(network_.nodes.size(), 0.0));
        parallel_for(threads, images, [&](int64_t begin, int64_t end, int thread) {
            std::vector<int32_t> arena(static_cast<size_t>(plan_.size));
            Scratch scratch;
            for (int64_t image = begin; image < end; ++image) {
                const int64_t per_image = network_.input().output.size();
                run_image(codes.data() + image * per_image, arena, scratch, image, recordings,
                          seconds[static_cast<size_t>(thread)]);
                const int32_t* const result = arena.data() + plan_.offsets.back();
                std::copy_n(result, network_.num_classes(), logits.begin() + image * network_.num_classes());
            }
        });
        for (const auto& part : seconds) {
            for (size_t i = 0; i < part.size(); ++i) node_ms_[i] += part[i] * 1e3;
        }
        if (trace != nullptr) report(recordings, *trace);
        return logits;
    }

private:
    /// What a trace wants of one node, for all images of a run.
    struct Recording {
        std::vector<int32_t> codes, accumulators;
    };

    const IntegerNode& input_of(const IntegerNode& node, size_t i = 0) const {
        return network_.nodes[static_cast<size_t>(node.inputs[i])];
    }
    int shift_of(const IntegerNode& node) const {
        return input_of(node).fractional_length - node.input_format.fractional_length;
    }

    std::unique_ptr<LayerKernel> make_kernel(const IntegerNode& node) const {
        const LayerPlan plan{node, input_of(node).output, shift_of(node)};
        return path_ == "reference" ? make_reference_kernel(plan) : make_scalar_kernel(plan);
    }

    void need_images(size_t size, int64_t images) const {
        const int64_t expected = images * network_.input().output.size();
        if (static_cast<int64_t>(size) != expected) {
            throw ShapeError("input", std::to_string(expected) + " values for " + std::to_string(images) + " images",
                             std::to_string(size));
        }
    }

    void run_image(const int16_t* codes, std::vector<int32_t>& arena, Scratch& scratch, int64_t image,
                   std::vector<Recording>& recordings, std::vector<double>& seconds) const {
        using Clock = std::chrono::steady_clock;
        auto before = Clock::now();
        for (size_t i = 0; i < network_.nodes.size(); ++i) {
            const IntegerNode& node = network_.nodes[i];
            const auto buffer = [&](int index) { return arena.data() + plan_.offsets[static_cast<size_t>(index)]; };
            int32_t* const output = arena.data() + plan_.offsets[i];
            if (node.kind == NodeKind::kInput) {
                std::copy_n(codes, node.output.size(), output);
            } else {
                run_node(i, buffer(node.inputs[0]), node.inputs.size() > 1 ? buffer(node.inputs[1]) : nullptr, output,
                         scratch);
            }
            if (!recordings.empty())
                record(recordings[i], node, image, node.inputs.empty() ? nullptr : buffer(node.inputs[0]), output);
            const auto after = Clock::now();
            seconds[i] += std::chrono::duration<double>(after - before).count();
            before = after;
        }
    }

    void run_node(size_t index, const int32_t* input, const int32_t* second, int32_t* output, Scratch& scratch) const {
        const IntegerNode& node = network_.nodes[index];
        const Shape& in = input_of(node).output;
        switch (node.kind) {
            case NodeKind::kInput:
                break;
            case NodeKind::kConv:
            case NodeKind::kLinear:
                kernels_[index]->run(input, output, scratch);
                break;
            case NodeKind::kRelu:
                relu(input, in.size(), output);
                break;
            case NodeKind::kAdd:
                add_saturating(input, operand_shift(network_, node, 0), second, operand_shift(network_, node, 1),
                               in.size(), output);
                break;
            case NodeKind::kMaxPool:
                max_pool(input, in, node.window, node.output, output);
                break;
            case NodeKind::kSumPool:
                sum_pool(input, in, output);
                break;
            case NodeKind::kAveragePool:
                average_pool(input, in, shift_of(node), node.input_format, output);
                break;
        }
    }

    std::vector<Recording> make_recordings(int64_t images) const {
        std::vector<Recording> recordings(network_.nodes.size());
        for (size_t i = 0; i < recordings.size(); ++i) {
            const IntegerNode& node = network_.nodes[i];
            if (is_reported(node)) recordings[i].accumulators.resize(static_cast<size_t>(images * node.output.size()));
            if (node.has_weights())
                recordings[i].codes.resize(static_cast<size_t>(images * input_of(node).output.size()));
        }
        return recordings;
    }

    void record(Recording& recording, const IntegerNode& node, int64_t image, const int32_t* input,
                const int32_t* output) const {
        if (is_reported(node))
            std::copy_n(output, node.output.size(), recording.accumulators.begin() + image * node.output.size());
        if (!node.has_weights()) return;
        const int64_t size = input_of(node).output.size();
        requantize_to_codes(input, size, shift_of(node), node.input_format, recording.codes.data() + image * size);
    }

    void report(const std::vector<Recording>& recordings, LayerTrace& trace) const {
        for (size_t i = 0; i < recordings.size(); ++i) {
            const IntegerNode& node = network_.nodes[i];
            if (node.has_weights()) trace.on_codes(node.name, input_of(node).output, recordings[i].codes);
            if (is_reported(node)) trace.on_accumulators(node.name, node.output, recordings[i].accumulators);
        }
    }

    const IntegerNetwork network_;
    const std::string path_;
    const int num_threads_;
    MemoryPlan plan_;
    std::vector<std::unique_ptr<LayerKernel>> kernels_;  // per node; null where nothing is multiplied
    std::vector<double> node_ms_;
};

}  // namespace

std::vector<std::string> executor_paths() {
    return {"scalar"};
}

std::unique_ptr<Executor> make_executor(const IntegerNetwork& network, const std::string& path, int num_threads) {
    const std::vector<std::string> paths = executor_paths();
    if (path != "reference" && std::find(paths.begin(), paths.end(), path) == paths.end()) {
        std::string known;
        for (const std::string& each : paths) known += (known.empty() ? "" : ", ") + each;
        throw ConfigError("path '" + path + "' cannot run here, expected one of: " + known);
    }
    return std::make_unique<NetworkExecutor>(network, path, num_threads);
}

}  // namespace f8net
