// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "core/inference/engine/program.h"
#include "core/inference/engine/thread_team.h"
#include "core/inference/executor_base.h"
#include "core/inference/kernels/instruction_set.h"

namespace f8net {
namespace {

/// Threads work on images of their own as long as there is one for each; on what is left they work together.
class FastExecutor final : public ExecutorBase {
public:
    FastExecutor(const IntegerNetwork& network, const NodeRange& range, const InstructionSet& set, int num_threads)
        : ExecutorBase(network, range, set.name(), num_threads),
          set_(set),
          program_(network_, range, set, false),
          team_(num_threads_),
          lanes_(static_cast<size_t>(num_threads_)) {}

private:
    /// What one image at a time needs.
    struct Lane {
        std::vector<std::byte> arena;
        Scratch scratch;
        std::vector<double> step_ms;
        std::exception_ptr error;
    };

    void run_images(const ImageSource& first, int64_t images, int32_t* output, LayerTrace* trace) override {
        if (trace != nullptr) run_traced(first, images, *trace);
        const int64_t size = input_size();
        const int threads = team_.size();
        const int64_t alone = images / threads * threads;
        for (Lane& lane : lanes_) lane.step_ms.assign(program_.num_steps(), 0.0);
        const auto finish = [&](Lane& lane, int64_t image) {
            std::copy_n(program_.output(lane.arena.data()), output_size(), output + image * output_size());
        };
        if (alone > 0) {
            team_.run([&](int part) {
                Lane& lane = lanes_[static_cast<size_t>(part)];
                guarded(lane, [&] {
                    lane.arena.resize(static_cast<size_t>(program_.arena_bytes()));
                    for (int64_t image = alone * part / threads; image < alone * (part + 1) / threads; ++image) {
                        run_steps(lane, {lane.arena.data(), 0, 1, first.at(image * size), &lane.scratch}, [] {});
                        finish(lane, image);
                    }
                });
            });
        }
        lanes_[0].arena.resize(static_cast<size_t>(program_.arena_bytes()));
        for (int64_t image = alone; image < images; ++image) {
            team_.run([&](int part) {
                Lane& lane = lanes_[static_cast<size_t>(part)];
                run_steps(lane, {lanes_[0].arena.data(), part, threads, first.at(image * size), &lane.scratch},
                          [&] { team_.meet(); });
            });
            finish(lanes_[0], image);
        }
        for (Lane& lane : lanes_) {
            if (lane.error) std::rethrow_exception(std::exchange(lane.error, nullptr));
            for (size_t step = 0; step < program_.num_steps(); ++step)
                add_time(program_.nodes_of(step), lane.step_ms[step]);
        }
    }

    /// Shared out by multiplications where a step does the work of several nodes.
    void add_time(const std::vector<int>& nodes, double ms) {
        int64_t macs = 0;
        for (const int each : nodes) macs += node(each).macs();
        for (const int each : nodes) {
            const double share =
                nodes.size() == 1 ? 1.0 : static_cast<double>(node(each).macs()) / static_cast<double>(macs);
            node_ms_[static_cast<size_t>(each)] += share * ms;
        }
    }

    template <typename Work>
    static void guarded(Lane& lane, const Work& work) {
        try {
            work();
        } catch (...) {
            lane.error = std::current_exception();
        }
    }

    template <typename AfterStep>
    void run_steps(Lane& lane, const StepContext& context, const AfterStep& after_step) const {
        using Clock = std::chrono::steady_clock;
        auto before = Clock::now();
        for (size_t step = 0; step < program_.num_steps(); ++step) {
            guarded(lane, [&] { program_.run_step(step, context); });
            after_step();
            const auto after = Clock::now();
            lane.step_ms[step] += std::chrono::duration<double, std::milli>(after - before).count();
            before = after;
        }
    }

    /// The same kernels with more stores, one image after another. Logits are those of the ordinary program all the
    /// same, so that a comparison sees them too.
    void run_traced(const ImageSource& first, int64_t images, LayerTrace& trace) {
        if (!tracing_program_) tracing_program_.emplace(network_, range_, set_, true);
        TraceRecording recording(network_, range_, images);
        std::vector<std::byte> arena(static_cast<size_t>(tracing_program_->arena_bytes()));
        Scratch scratch;
        for (int64_t image = 0; image < images; ++image) {
            const StepContext context{arena.data(), 0, 1, first.at(image * input_size()), &scratch};
            for (size_t step = 0; step < tracing_program_->num_steps(); ++step) {
                tracing_program_->run_step(step, context);
                for (const Program::Recorded& each : tracing_program_->recorded(step, arena.data())) {
                    if (each.is_codes)
                        recording.put_codes(each.node, image, each.values);
                    else
                        recording.put_accumulators(each.node, image, each.values);
                }
            }
        }
        recording.report(trace);
    }

    const InstructionSet& set_;
    const Program program_;
    std::optional<Program> tracing_program_;
    ThreadTeam team_;
    std::vector<Lane> lanes_;  // one per thread
};

}  // namespace

std::unique_ptr<Executor> make_fast_executor(const IntegerNetwork& network, const NodeRange& range,
                                             const InstructionSet& set, int num_threads) {
    return std::make_unique<FastExecutor>(network, range, set, num_threads);
}

}  // namespace f8net
