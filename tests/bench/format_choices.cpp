// SPDX-License-Identifier: Apache-2.0
// Time to choose the formats of a training step on a CPU: of all inputs of MobileNetV2's layers at 224 pixels, by the
// statistic and by grid search, beside reading them. Usage: format_choices [BATCH ROUNDS]; defaults 8 20.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "core/quantization/tensor_format.h"

namespace {

using namespace f8net;
using torch::Tensor;

struct Input {
    int64_t channels, side, times;
    bool is_signed;
};
/// Expansions read signed words, all others unsigned ones.
constexpr Input kInputs[] = {
    {32, 112, 2, false}, {16, 112, 1, true},  {96, 112, 1, false}, {96, 56, 1, false},  {24, 56, 2, true},
    {144, 56, 3, false}, {144, 28, 1, false}, {32, 28, 3, true},   {192, 28, 5, false}, {192, 14, 1, false},
    {64, 14, 4, true},   {384, 14, 8, false}, {96, 14, 3, true},   {576, 14, 5, false}, {576, 7, 1, false},
    {160, 7, 3, true},   {960, 7, 6, false},  {320, 7, 1, true},
};

struct Sample {
    Tensor values;
    bool is_signed;
};

std::vector<Sample> samples_of(int64_t batch) {
    torch::manual_seed(1995);
    std::vector<Sample> samples;
    for (const Input& input : kInputs) {
        for (int64_t i = 0; i < input.times; ++i) {
            const double deviation = std::exp2(4 * torch::rand({}).item<double>() - 2);
            samples.push_back(
                {torch::randn({batch * input.channels * input.side * input.side}) * deviation, input.is_signed});
        }
    }
    return samples;
}

int choice_of(const Sample& sample, FormatPolicy policy) {
    return choose_fractional_lengths(sample.values, {8, sample.is_signed}, policy, Statistic::kStd,
                                     Granularity::kPerTensor, 0, "x")[0];
}

}  // namespace

int main(int argc, char** argv) {
    const int batch = argc > 1 ? std::max(1, std::atoi(argv[1])) : 8,
              rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 20;
    const std::vector<Sample> samples = samples_of(batch);
    double bytes = 0;
    for (const Sample& sample : samples) bytes += static_cast<double>(sample.values.nbytes());
    struct Way {
        const char* name;
        std::function<void(const Sample&)> pass;
        double least_ms = 1e30;
    };
    Way ways[] = {
        {"largest value (LibTorch)", [](const Sample& sample) { sample.values.amax(); }},
        {"statistic", [](const Sample& sample) { choice_of(sample, FormatPolicy::kStatistics); }},
        {"grid search", [](const Sample& sample) { choice_of(sample, FormatPolicy::kGridSearch); }},
    };
    for (int round = 0; round < rounds; ++round) {
        for (Way& way : ways) {
            const auto start = std::chrono::steady_clock::now();
            for (const Sample& sample : samples) way.pass(sample);
            const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
            way.least_ms = std::min(way.least_ms, time.count());
        }
    }
    std::printf("%zu tensors, %.1f MB\n", samples.size(), bytes * 1e-6);
    for (const Way& way : ways) {
        std::printf("%-26s %8.3f ms  %6.2f GB/s\n", way.name, way.least_ms, bytes / way.least_ms * 1e-6);
    }
    return 0;
}
