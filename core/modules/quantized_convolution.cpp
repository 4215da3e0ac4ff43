// SPDX-License-Identifier: Apache-2.0
#include "core/modules/quantized_convolution.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include "core/inference/engine/code_convolution.h"

namespace f8net {

using torch::Tensor;

Tensor convolve_codes(const Tensor& codes, bool is_signed, const Tensor& weight_codes, const Window& window, int groups,
                      double scale, const Tensor& bias) {
    const CodeConvolutionShape shape{
        {codes.size(1), codes.size(2), codes.size(3)}, weight_codes.size(0), groups, window, is_signed};
    const auto convolution = CodeConvolution::of(shape);
    if (convolution == nullptr) return {};
    RECORD_FUNCTION("f8net::convolve_codes", c10::ArrayRef<const c10::IValue>{});
    thread_local CodeWeights packed;  // its memory serves layer after layer
    CodeWeights& weights = packed;    // this thread's, in the workers too
    const auto* weight_bytes = static_cast<const int8_t*>(weight_codes.const_data_ptr());
    convolution->start(weight_bytes, static_cast<float>(scale), bias.const_data_ptr<float>(), weights);
    const int64_t window_codes = weight_codes.numel() / weight_codes.size(0);
    constexpr int64_t kWorthAThread = 65536, kLanes = 16;  // codes; about the output channels of a part
    at::parallel_for(0, convolution->num_pack_parts(), std::max<int64_t>(1, kWorthAThread / (window_codes * kLanes)),
                     [&](int64_t begin, int64_t end) {
                         for (int64_t i = begin; i < end; ++i) convolution->pack(weight_bytes, i, weights);
                     });
    const Shape out = convolution->output();
    const int64_t images = codes.size(0), threads = at::get_num_threads();
    Tensor y(at::detail::empty_cpu({images, out.channels, out.height, out.width}, torch::kFloat, /*pin_memory=*/false,
                                   at::MemoryFormat::ChannelsLast));
    const auto* from = static_cast<const uint8_t*>(codes.const_data_ptr());
    float* to = y.mutable_data_ptr<float>();
    // Whole images where there are enough of them.
    const int64_t parts = images >= threads ? 1 : (threads + images - 1) / images;
    at::parallel_for(0, images * parts, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const int64_t image = i / parts;
            convolution->run(from + image * shape.input.size(), weights, to + image * out.size(),
                             static_cast<int>(i % parts), static_cast<int>(parts));
        }
    });
    return y;
}

}  // namespace f8net
