// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <optional>

#include "core/base/parallel.h"
#include "core/inference/executor_base.h"
#include "core/inference/law_node.h"
#include "core/inference/memory_plan.h"
#include "core/inference/node_operations.h"

namespace f8net {
namespace {

/// Node after node of the range, as the network is written down. Threads work on images.
class LawExecutor final : public ExecutorBase {
public:
    LawExecutor(const IntegerNetwork& network, const NodeRange& range, const std::string& path, int num_threads)
        : ExecutorBase(network, range, path, num_threads), plan_(plan_memory(network_)) {
        const LawKernels kernels = path == "reference" ? LawKernels::kReference : LawKernels::kScalar;
        for (int i = range.first + 1; i <= range.last; ++i) nodes_.emplace_back(network_, node(i), kernels);
    }

private:
    void run_images(const ImageSource& first, int64_t images, int32_t* output, LayerTrace* trace) override {
        std::optional<TraceRecording> recording;
        if (trace != nullptr) recording.emplace(network_, range_, images);
        const int threads = static_cast<int>(std::clamp<int64_t>(images, 1, num_threads_));
        std::vector<std::vector<double>> ms(static_cast<size_t>(threads),
                                            std::vector<double>(network_.nodes.size(), 0.0));
        parallel_for(threads, images, [&](int64_t begin, int64_t end, int thread) {
            std::vector<int32_t> arena(static_cast<size_t>(plan_.size));
            Scratch scratch;
            for (int64_t image = begin; image < end; ++image) {
                run_image(first.at(image * input_size()), arena, scratch, image, recording ? &*recording : nullptr,
                          ms[static_cast<size_t>(thread)]);
                std::copy_n(buffer_of(arena, range_.last), output_size(), output + image * output_size());
            }
        });
        for (const auto& part : ms) {
            for (size_t i = 0; i < part.size(); ++i) node_ms_[i] += part[i];
        }
        if (trace != nullptr) recording->report(*trace);
    }

    int32_t* buffer_of(std::vector<int32_t>& arena, int node_index) const {
        return arena.data() + plan_.offsets[static_cast<size_t>(node_index)];
    }

    void run_image(const ImageSource& source, std::vector<int32_t>& arena, Scratch& scratch, int64_t image,
                   TraceRecording* recording, std::vector<double>& ms) const {
        using Clock = std::chrono::steady_clock;
        auto before = Clock::now();
        for (int i = range_.first; i <= range_.last; ++i) {
            const IntegerNode& it = node(i);
            const auto buffer = [&](size_t input) {
                return input < it.inputs.size() ? buffer_of(arena, it.inputs[input]) : nullptr;
            };
            int32_t* const output = buffer_of(arena, i);
            if (i == range_.first) {
                put_input(source, output);
            } else {
                nodes_[static_cast<size_t>(i - range_.first - 1)].run(buffer(0), buffer(1), output, scratch);
                if (recording != nullptr) record(*recording, i, image, buffer(0), output);
            }
            const auto after = Clock::now();
            ms[static_cast<size_t>(i)] += std::chrono::duration<double, std::milli>(after - before).count();
            before = after;
        }
    }

    void put_input(const ImageSource& source, int32_t* output) const {
        if (source.values != nullptr) {
            std::copy_n(source.values, input_size(), output);
        } else if (source.codes != nullptr) {
            std::copy_n(source.codes, input_size(), output);
        } else {
            const std::vector<int16_t> codes = input_codes(network_, source.pixels);
            std::copy(codes.begin(), codes.end(), output);
        }
    }

    void record(TraceRecording& recording, int index, int64_t image, const int32_t* input,
                const int32_t* output) const {
        const IntegerNode& it = node(index);
        if (is_reported(it)) recording.put_accumulators(index, image, {output, static_cast<size_t>(it.output.size())});
        if (!it.has_weights()) return;
        std::vector<int32_t> codes(static_cast<size_t>(input_of(it).output.size()));
        requantize_to_codes(input, static_cast<int64_t>(codes.size()), input_shift(network_, it), it.input_format,
                            codes.data());
        recording.put_codes(index, image, codes);
    }

    const MemoryPlan plan_;
    std::vector<LawNode> nodes_;  // behind the first of the range
};

}  // namespace

std::unique_ptr<Executor> make_law_executor(const IntegerNetwork& network, const NodeRange& range,
                                            const std::string& path, int num_threads) {
    return std::make_unique<LawExecutor>(network, range, path, num_threads);
}

}  // namespace f8net
