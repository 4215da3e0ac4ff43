// SPDX-License-Identifier: Apache-2.0
#include "core/modules/straightforward.h"

#include <vector>

#include "core/modules/convolution.h"
#include "core/modules/pooling.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class RoundStraightThrough : public torch::autograd::Function<RoundStraightThrough> {
public:
    static Tensor forward(AutogradContext*, const Tensor& x) { return x.round(); }
    static variable_list backward(AutogradContext*, variable_list gradients) { return {gradients[0]}; }
};

/// The clamp keeps its input, the mask of the open range is kept beside it.
Tensor quantize(const Tensor& x, CodeRange range, const FractionalLengths& lengths) {
    const Tensor scale = power_of_two(lengths, 0, x.dim(), x.options());
    const Tensor r = RoundStraightThrough::apply(x * scale);
    const Tensor inside = (r > range.lowest()).logical_and(r < range.highest());
    const Tensor code = r.clamp(range.lowest(), range.highest());
    return torch::where(inside, code, code.detach()) / scale;
}

Tensor times(const Tensor& x, const Tensor& scale) {
    return scale.defined() ? x * scale : x;
}
Tensor over(const Tensor& x, const Tensor& scale) {
    return scale.defined() ? x / scale : x;
}

Tensor conv_batch_norm(ConvBatchNorm& conv, const Tensor& x) {
    constexpr auto kMode = NumericMode::kFakeQuant;
    const Layer& layer = conv.layer();
    LayerQuantization& quantization = conv.quantization();
    const ActivationQuantizer& input = quantization.input();
    const Tensor xq = layer.reads_pixels ? quantize(x * (255.0 / 256.0), {8, false}, {8})
                                         : quantize(x, input.range(), input.lengths(kMode));
    const Tensor eta = quantization.input_scale(kMode, conv.weight),
                 eta_next = quantization.output_scale(kMode, conv.weight);
    const Tensor weight = quantization.settings().rescale_forward_conv
                              ? conv.weight * quantization.weight_rescale(conv.weight, conv.weight)
                              : conv.weight;
    const Tensor y0 = convolution(times(xq, eta), weight, {}, layer.window, layer.groups);
    const auto [variance, mean] = at::var_mean(y0, at::IntArrayRef{0, 2, 3}, /*unbiased=*/false);
    const Tensor gain = conv.gamma / (variance + ConvBatchNorm::kEpsilon).sqrt();
    const Tensor effective = over(times(gain.view({-1, 1, 1, 1}) * weight, eta), eta_next);
    FractionalLengths lengths;
    {
        const torch::NoGradGuard no_grad;
        lengths = quantization.quantize_weight(effective, kMode).lengths.read();
    }
    const Tensor wq = quantize(effective, {quantization.settings().weight_format.word_length, true}, lengths);
    return convolution(xq, wq, over(conv.beta - gain * mean, eta_next), layer.window, layer.groups);
}

}  // namespace

Tensor straightforward_forward(Network& network, const Tensor& x) {
    const LayerGraph& graph = network.graph();
    std::vector<Tensor> values(graph.layers.size());
    for (size_t i = 0; i < values.size(); ++i) {
        const Layer& layer = graph.layers[i];
        const auto index = static_cast<int>(i);
        const auto input = [&](size_t which) { return values[static_cast<size_t>(layer.inputs[which])]; };
        switch (layer.kind) {
            case LayerKind::kInput:
                values[i] = x;
                break;
            case LayerKind::kConv:
                values[i] = conv_batch_norm(*network.conv(index), input(0));
                break;
            case LayerKind::kLinear:
                values[i] = network.linear(index)->forward(input(0), NumericMode::kFakeQuant, true, nullptr);
                break;
            case LayerKind::kRelu:
                values[i] = input(0).relu();
                break;
            case LayerKind::kAdd:
                values[i] = input(0) + input(1);
                break;
            case LayerKind::kMaxPool:
                values[i] = torch::max_pool2d(input(0), layer.window.kernel, layer.window.stride, layer.window.padding);
                break;
            case LayerKind::kAveragePool:
                values[i] = final_pool(input(0), network.settings());
                break;
        }
    }
    return values.back();
}

}  // namespace f8net
