// SPDX-License-Identifier: Apache-2.0
// Time of a training step's depthwise convolutions on a CPU, by our kernels and by LibTorch's operators that they stand
// for, on MobileNetV2's shapes at 224 pixels; the bandwidth is that of reading each input and writing each output once.
// Usage: depthwise [--batch N] [--rounds N] [--threads N]
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "core/modules/convolution.h"
#include "core/modules/depthwise_kernels.h"
#include "core/quantization/channel_kernels.h"
#include "core/quantization/code_kernels.h"
#include "core/quantization/elementwise_kernels.h"

namespace {

using namespace f8net;
using torch::Tensor;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

double milliseconds(const std::function<void()>& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    return time.count();
}

struct Part {
    const char* name;
    double bytes;  // least
    std::function<void()> ours, theirs;
};

void measure(const DepthwiseShape& shape, int rounds) {
    const int64_t c = shape.channels;
    const int groups = static_cast<int>(c);
    const CodeGrid<float> grid = CodeGrid<float>::make(4, 255, false);
    const Tensor codes = torch::randint(0, 256, {shape.images, c, shape.height, shape.width}, torch::kByte)
                             .contiguous(kRows),
                 dy = torch::randn({shape.images, c, shape.out_height(), shape.out_width()}).contiguous(kRows),
                 weight = torch::randn({c, 1, 3, 3}), second_weight = torch::randn({c, 1, 3, 3}),
                 mean = torch::randn({c}), slope = torch::randn({c}), offset = torch::randn({c});
    const Tensor d_input = torch::empty_like(codes, torch::kFloat), values = torch::empty_like(d_input),
                 merged = torch::empty_like(dy);
    std::vector<double> first(static_cast<size_t>(c * 9)), second(static_cast<size_t>(c));
    const float* const of_dy = dy.const_data_ptr<float>();
    const ThroughMoments<float> through{mean.const_data_ptr<float>(), slope.const_data_ptr<float>(),
                                        offset.const_data_ptr<float>()};
    Tensor y0 = torch::empty_like(dy);
    const double in = static_cast<double>(codes.numel()), out = static_cast<double>(dy.numel());
    const Part parts[] = {
        {"first convolution, its moments", in,
         [&] {
             depthwise_moments<float>(shape, codes.const_data_ptr(), grid, weight.const_data_ptr<float>(), first.data(),
                                      second.data());
         },
         [&] {
             bytes_to_values<float>({{codes.const_data_ptr(), values.data_ptr<float>(), values.numel(), grid}});
             y0 = convolution(values, weight, {}, shape.window, groups);
             channel_moments<float>(y0.const_data_ptr<float>(), shape.samples(), c, first.data(), second.data());
         }},
        {"weight gradient of the second", in + 4 * out,
         [&] {
             depthwise_weight_gradient<float>(shape, codes.const_data_ptr(), grid, of_dy, first.data(), second.data());
         },
         // Only what its statistics need; the gradient itself is part of the merged one below.
         [&] {
             bytes_to_values<float>({{codes.const_data_ptr(), values.data_ptr<float>(), values.numel(), grid}});
             channel_products<float>(of_dy, y0.const_data_ptr<float>(), shape.samples(), c, first.data(),
                                     second.data());
         }},
        {"all other gradients", 5 * in + 4 * out,
         [&] {
             depthwise_gradients<float>(shape, codes.const_data_ptr(), grid, of_dy, weight.const_data_ptr<float>(),
                                        second_weight.const_data_ptr<float>(), through, d_input.data_ptr<float>(),
                                        first.data());
         },
         [&] {
             merge_gradients<float>(of_dy, y0.data_ptr<float>(), merged.data_ptr<float>(), shape.samples(), c,
                                    through.mean, through.slope, through.offset, through.slope);
             convolution_gradients(merged, values, weight, shape.window, groups, false, true);
             const Tensor d = convolution_gradients(dy, values, second_weight, shape.window, groups, true, false).input,
                          other = convolution_gradients(y0, values, weight, shape.window, groups, true, false).input;
             pass_by_code<float>(d.data_ptr<float>(), other.const_data_ptr<float>(), nullptr, codes.const_data_ptr(),
                                 d.numel() / c, c, grid);
         }},
    };
    std::printf("%ld x %ld x %ld x %ld, stride %d\n", shape.images, shape.height, shape.width, c, shape.window.stride);
    for (const Part& part : parts) {
        double ours = 1e30, theirs = 1e30;
        for (int round = 0; round < rounds; ++round) {
            theirs = std::min(theirs, milliseconds(part.theirs));
            ours = std::min(ours, milliseconds(part.ours));
        }
        std::printf("  %-32s %7.3f ms  %5.1f GB/s   LibTorch's operators %7.3f ms (%.1f times)\n", part.name, ours,
                    part.bytes / ours * 1e-6, theirs, theirs / ours);
    }
}

}  // namespace

int main(int argc, char** argv) {
    int64_t batch = 8;
    int rounds = 5, threads = 2;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        const int value = i + 1 < argc ? std::max(1, std::atoi(argv[++i])) : 0;
        if (option == "--batch" && value > 0) {
            batch = value;
        } else if (option == "--rounds" && value > 0) {
            rounds = value;
        } else if (option == "--threads" && value > 0) {
            threads = value;
        } else {
            std::fprintf(stderr, "depthwise: unknown option %s; see the head of its source\n", option.c_str());
            return 64;
        }
    }
    at::set_num_threads(threads);
    const torch::NoGradGuard no_grad;
    torch::manual_seed(1);
    for (const auto& [channels, side, stride] : {std::tuple{32, 112, 1},
                                                 {96, 112, 2},
                                                 {144, 56, 1},
                                                 {144, 56, 2},
                                                 {192, 28, 1},
                                                 {384, 14, 1},
                                                 {576, 14, 2},
                                                 {960, 7, 1}}) {
        measure({batch, channels, side, side, {3, stride, 1}}, rounds);
    }
}
