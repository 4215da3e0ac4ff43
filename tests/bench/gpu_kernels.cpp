// SPDX-License-Identifier: Apache-2.0
// Time of the quantization's parts on a GPU, by our kernels and by LibTorch's operators, on activations of ResNet18 at
// 224 pixels; the bandwidth is that of reading each input and writing each output once. Usage: gpu_kernels [--device
// cuda:N] [--batch N] [--rounds N] [--json].   Exit code 71 without a GPU.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/modules/channel_moments.h"
#include "core/modules/effective_weight.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/tensor_format.h"
#include "core/training/device.h"

namespace {

using namespace f8net;
using torch::Tensor;

struct Part {
    std::string name;
    double bytes;
    std::function<void()> body;
};

/// Least of the rounds, each of several calls that are waited for together.
double milliseconds(const Part& part, int rounds) {
    constexpr int kCalls = 10;
    double least = 1e30;
    part.body();
    for (int round = 0; round < rounds; ++round) {
        torch::cuda::synchronize();
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < kCalls; ++i) part.body();
        torch::cuda::synchronize();
        const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
        least = std::min(least, time.count() / kCalls);
    }
    return least;
}

std::vector<Part> parts_of(const Tensor& x) {
    const double once = static_cast<double>(x.nbytes());
    const Tensor leaf = x.detach().clone(at::MemoryFormat::Preserve).requires_grad_(), upstream = torch::ones_like(x);
    const Tensor weight = torch::randn({512, 512, 3, 3}, x.options()), gain = torch::rand({512}, x.options()),
                 eta = torch::rand({}, x.options());
    const double weights = static_cast<double>(weight.nbytes());
    return {
        {"quantize", 2 * once,
         [=] {
             fake_quantize(x, {8, false}, {5});
         }},
        {"quantize, with its gradient", 5 * once,
         [=] {
             (void)torch::autograd::grad({fake_quantize(leaf, {8, false}, {5})}, {leaf}, {upstream});
         }},
        {"statistic and length", once,
         [=] {
             choose_fractional_lengths(x, {8, false}, FormatPolicy::kStatistics, Statistic::kStd,
                                       Granularity::kPerTensor, 0, "x");
         }},
        {"grid search", once,
         [=] {
             choose_fractional_lengths(x, {8, false}, FormatPolicy::kGridSearch, Statistic::kStd,
                                       Granularity::kPerTensor, 0, "x");
         }},
        {"batch statistics", once,
         [=] {
             const torch::NoGradGuard no_grad;
             batch_moments(x);
         }},
        {"effective weight 512x512x3x3", 2 * weights,
         [=] {
             const torch::NoGradGuard no_grad;
             effective_weight(weight, gain, eta, eta);
         }},
    };
}

void measure(const Tensor& x, const GpuKernels* kernels, int rounds, bool as_json, bool& is_first) {
    const std::string shape = c10::str(x.sizes());
    if (!as_json) std::printf("%s\n", shape.c_str());
    for (const Part& part : parts_of(x)) {
        const double ours = milliseconds(part, rounds);
        register_kernels(torch::kCUDA, nullptr);
        const double theirs = milliseconds(part, rounds);
        register_kernels(torch::kCUDA, kernels);
        const double bandwidth = part.bytes / ours * 1e-6;
        if (as_json) {
            std::printf(
                "%s\n {\"part\": \"%s\", \"shape\": \"%s\", \"ms\": %.6f, \"libtorch_ms\": %.6f, "
                "\"gigabytes_per_second\": %.3f}",
                is_first ? "[" : ",", part.name.c_str(), shape.c_str(), ours, theirs, bandwidth);
            is_first = false;
        } else {
            std::printf("  %-30s %8.4f ms  LibTorch's operators %8.4f ms (%.1f times)  %7.1f GB/s\n", part.name.c_str(),
                        ours, theirs, theirs / ours, bandwidth);
        }
    }
}

int run(int argc, char** argv) {
    std::string device = "cuda";
    int64_t batch = 128;
    int rounds = 20;
    bool as_json = false, is_first = true;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
        if (option == "--device") {
            device = value();
        } else if (option == "--batch") {
            batch = std::max(1, std::atoi(value().c_str()));
        } else if (option == "--rounds") {
            rounds = std::max(1, std::atoi(value().c_str()));
        } else if (option == "--json") {
            as_json = true;
        } else {
            throw ConfigError("gpu_kernels: unknown option " + option + "; see the head of its source");
        }
    }
    const torch::Device place = open_device(device);
    if (!place.is_cuda()) throw ConfigError("gpu_kernels: --device is " + device + ", expected a GPU");
    const GpuKernels* const kernels = registered_kernels(place.type());
    for (const auto& [channels, side] : {std::pair{64, 56}, std::pair{512, 7}}) {
        const Tensor x = torch::randn({batch, channels, side, side}, torch::TensorOptions().device(place))
                             .contiguous(at::MemoryFormat::ChannelsLast);
        measure(x, kernels, rounds, as_json, is_first);
    }
    if (as_json) std::printf("\n]\n");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const f8net::Error& error) {
        std::fprintf(stderr, "gpu_kernels: %s\n", error.what());
        return static_cast<int>(error.exit_code());
    }
}
