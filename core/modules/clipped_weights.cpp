// SPDX-License-Identifier: Apache-2.0
#include "core/modules/clipped_weights.h"

#include <ATen/Parallel.h>

#include <ATen/record_function.h>

#include <algorithm>

#include "core/quantization/code_kernels.h"

namespace f8net {
namespace {

/// Weights under one place of the window.
struct Tap {
    int64_t row, column;
    size_t first, last;  // in the list
};

std::vector<Tap> taps_of(const std::vector<ClippedWeight>& weights) {
    std::vector<Tap> taps;
    for (size_t i = 0; i < weights.size(); ++i) {
        if (taps.empty() || taps.back().row != weights[i].row || taps.back().column != weights[i].column)
            taps.push_back({weights[i].row, weights[i].column, i, i});
        taps.back().last = i + 1;
    }
    return taps;
}

}  // namespace

std::optional<std::vector<ClippedWeight>> find_clipped_weights(const torch::Tensor& codes, CodeRange range,
                                                               int64_t most) {
    const auto places = find_edge_codes(static_cast<const int8_t*>(codes.const_data_ptr()), codes.numel(),
                                        static_cast<int8_t>(range.highest()), most);
    if (!places) return std::nullopt;
    const int64_t in = codes.size(1), height = codes.size(2), width = codes.size(3);
    std::vector<ClippedWeight> found;
    for (const int64_t i : *places) {  // channels_last: out, row, column, in
        const int64_t out = i / (in * height * width), place = i / in % (height * width);
        found.push_back({out, i % in, place / width, place % width, i});
    }
    std::stable_sort(found.begin(), found.end(), [](const ClippedWeight& a, const ClippedWeight& b) {
        return std::pair(a.row, a.column) < std::pair(b.row, b.column);
    });
    return found;
}

template <typename T>
void clipped_weight_gradients(std::vector<ClippedWeight>& weights, const torch::Tensor& x,
                              const torch::Tensor& gradient, const Window& window) {
    if (weights.empty()) return;
    RECORD_FUNCTION("f8net::clipped_weight_gradients", c10::ArrayRef<const c10::IValue>{});
    const std::vector<Tap> taps = taps_of(weights);
    struct Channels {
        int32_t in, out;
    };
    std::vector<Channels> channels;  // all that the inner loop reads of them
    for (const ClippedWeight& weight : weights)
        channels.push_back({static_cast<int32_t>(weight.in), static_cast<int32_t>(weight.out)});
    const T* x_data = x.const_data_ptr<T>();
    const T* gradient_data = gradient.const_data_ptr<T>();
    const int64_t in = x.size(1), in_height = x.size(2), in_width = x.size(3);
    const int64_t out = gradient.size(1), height = gradient.size(2), width = gradient.size(3);
    // A part is some lines of pixels; the parts are as many for every number of threads.
    const int64_t lines = gradient.size(0) * height, parts = std::min<int64_t>(lines, 16);
    std::vector<std::vector<double>> sums(static_cast<size_t>(parts), std::vector<double>(weights.size()));
    at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
        for (int64_t part = begin; part < end; ++part) {
            double* sum = sums[static_cast<size_t>(part)].data();
            for (int64_t line = lines * part / parts; line < lines * (part + 1) / parts; ++line) {
                const int64_t image = line / height, y = line % height;
                for (const Tap& tap : taps) {
                    const int64_t in_y = y * window.stride + tap.row - window.padding;
                    if (in_y < 0 || in_y >= in_height) continue;
                    for (int64_t column = 0; column < width; ++column) {
                        const int64_t in_x = column * window.stride + tap.column - window.padding;
                        if (in_x < 0 || in_x >= in_width) continue;
                        const T* pixel = x_data + ((image * in_height + in_y) * in_width + in_x) * in;
                        const T* of = gradient_data + (line * width + column) * out;
                        for (size_t i = tap.first; i < tap.last; ++i) {
                            sum[i] +=
                                static_cast<double>(pixel[channels[i].in]) * static_cast<double>(of[channels[i].out]);
                        }
                    }
                }
            }
        }
    });
    for (size_t i = 0; i < weights.size(); ++i) {
        weights[i].gradient = 0;
        for (const auto& part : sums) weights[i].gradient += part[i];
    }
}
template void clipped_weight_gradients<float>(std::vector<ClippedWeight>&, const torch::Tensor&, const torch::Tensor&,
                                              const Window&);
template void clipped_weight_gradients<double>(std::vector<ClippedWeight>&, const torch::Tensor&, const torch::Tensor&,
                                               const Window&);

}  // namespace f8net
