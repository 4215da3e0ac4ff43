// SPDX-License-Identifier: Apache-2.0
/// What a layer's training forward on a CPU (conv_batch_norm_step.h) keeps for its backward.
/// Shapes   codes of the input [N, in, H, W], of the pixels read, and of the weight [out, in / groups, kh, kw], a byte
///          each, channels_last; first_output [N, out, Ho, Wo].   Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/fixedpoint/channel_fold.h"
#include "core/modules/depthwise_kernels.h"
#include "core/modules/gram_statistics.h"
#include "core/quantization/code_grid.h"
#include "core/quantization/code_kernels.h"
#include "core/quantization/host_tensor.h"

namespace f8net {

struct ConvBatchNormTape : torch::CustomClassHolder {
    Layer layer;
    Window window;  ///< of the pixels read
    std::vector<int64_t> input_shape;
    bool needs_input_gradient = true;
    torch::Tensor input_codes, weight_codes;
    int input_length = 0, weight_length = 0;
    CodeRange input_range, weight_range;
    torch::Tensor first_output;  ///< y0 / eta; or, where it was never computed,
    InputMoments input_moments;  ///< those of the input; neither of a depthwise layer
    std::vector<ChannelFold> channels;
    int64_t samples = 0;

    DepthwiseShape depthwise_shape() const {
        return {input_codes.size(0), input_codes.size(1), input_codes.size(2), input_codes.size(3), window};
    }
    template <typename T>
    CodeGrid<T> input_grid() const {
        // A pixel is a byte over 255, its code that byte, which stands for code / 256: round(255 x) / 256.
        if (layer.reads_pixels) return {T(255), T(1) / T(256), T(0), T(255)};
        return grid_of<T>(input_range, input_length);
    }
    template <typename T>
    CodeGrid<T> weight_grid() const {
        return grid_of<T>(weight_range, weight_length);
    }
};

/// What codes stand for.
template <typename T>
torch::Tensor as_values(const torch::Tensor& codes, const CodeGrid<T>& grid) {
    torch::Tensor values = host_tensor_like(codes, c10::CppTypeToScalarType<T>::value);
    bytes_to_values<T>({{codes.const_data_ptr(), values.mutable_data_ptr<T>(), codes.numel(), grid}});
    return values;
}

}  // namespace f8net
