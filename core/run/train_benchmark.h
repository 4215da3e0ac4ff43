// SPDX-License-Identifier: Apache-2.0
/// What a training step costs, and beside a plain float step of the same network: what `f8net bench train` asks of
/// LibTorch's module and is told. Plain data.   Units  in the names; bytes are those of tensors.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/config/experiment.h"

namespace f8net {

struct TrainBenchmarkOptions {
    int rounds = 10;             ///< measured; two more warm up
    bool random_pixels = false;  ///< instead of the data set, which then need not be there; no loader is measured
    std::optional<Experiment> against;  ///< measured in the same rounds: the same but for some settings
    std::function<void(int done, int all)> on_round = [](int, int) {};
};

struct StepTime {
    double least_ms = 0, median_ms = 0;
};

/// Of one step, exactly: the same in every run.
struct StepCounts {
    int64_t operators = 0;        ///< calls of LibTorch's operators, those inside others and our own kernels included
    int64_t outer_operators = 0;  ///< of these, those that no other operator called
    int64_t launches = 0;         ///< operators that compute and call none that does: on a GPU a kernel each, or more
    int64_t host_reads = 0;       ///< times that the host waited for values (synchronizations, on a GPU)
    int64_t saved_bytes = 0;      ///< alive when the forward pass ends and not before it: what backward needs
    int64_t peak_bytes = 0;       ///< most that was alive at a time in a step, over what is before it
};

struct TrainBenchmark {
    std::string network, device;
    int image_size = 0, batch = 0, threads = 0, rounds = 0;
    StepTime step;                   ///< as training takes it
    std::optional<StepTime> queued;  ///< the same step, operation by operation; where training replays a CUDA graph
    std::string queued_because;      ///< on a GPU, why training does not; else empty
    StepTime plain;                  ///< operation by operation
    std::optional<StepTime> against;
    struct Part {
        std::string name;
        double ms = 0;  ///< median of the rounds, without the parts inside it
    };
    std::vector<Part> parts;  ///< in the order of a step
    StepCounts counts, plain_counts;
    int64_t straightforward_saved_bytes = 0;  ///< of the same step, one operation of the method after another
    struct Operator {
        std::string name;
        int64_t calls = 0;
        double ms = 0;  ///< without those it called
    };
    std::vector<Operator> operators;                 ///< those that take longest first
    std::optional<double> loader_images_per_second;  ///< with nothing beside it

    double ratio() const { return step.least_ms / plain.least_ms; }
    double images_per_second() const { return batch * 1e3 / step.median_ms; }
    /// Whether training would wait for its pictures; nothing where no loader was measured. The loader works beside
    /// training, so that it has to be clearly faster alone.
    std::optional<bool> loader_is_the_limit() const {
        constexpr double kHeadroom = 1.2;
        if (!loader_images_per_second) return std::nullopt;
        return *loader_images_per_second < kHeadroom * images_per_second();
    }
};

}  // namespace f8net
