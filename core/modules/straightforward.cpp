// SPDX-License-Identifier: Apache-2.0
#include "core/modules/straightforward.h"

#include <vector>

#include "core/fixedpoint/clip_scale.h"
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

FractionalLengths weight_lengths(const LayerQuantization& quantization, const Tensor& effective) {
    const torch::NoGradGuard no_grad;
    return quantization.quantize_weight(effective, NumericMode::kFakeQuant).lengths.read();
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
    const Tensor wq = quantize(effective, {quantization.settings().weight_format.word_length, true},
                               weight_lengths(quantization, effective));
    return convolution(xq, wq, over(conv.beta - gain * mean, eta_next), layer.window, layer.groups);
}

Tensor average_pool(const Tensor& x, const QuantizationConfig& settings) {
    if (!settings.quantize_average_pool) return x.mean({2, 3}, true);
    return x.sum({2, 3}, true) / std::ldexp(1.0, pool_shift(x.size(2) * x.size(3)));
}

Tensor classifier(QuantizedLinear& linear, const Tensor& x_in, double pool_scale) {
    constexpr auto kMode = NumericMode::kFakeQuant;
    LayerQuantization& quantization = linear.quantization();
    const Tensor x = x_in.flatten(1), effective = linear.weight * pool_scale;
    const Tensor xq = quantize(x, quantization.input().range(), quantization.input().lengths(kMode));
    const CodeRange range{quantization.settings().weight_format.word_length, true};
    const Tensor wq = quantize(effective, range, weight_lengths(quantization, effective));
    const Tensor eta = quantization.input_scale(kMode, linear.weight);
    const Tensor ws = quantization.settings().rescale_forward
                          ? quantization.weight_rescale(linear.weight, wq.detach() / pool_scale)
                          : Tensor();
    return torch::linear(times(xq, eta), times(wq, ws), linear.bias);
}

}  // namespace

Tensor straightforward_forward(Network& network, const Tensor& x) {
    const LayerGraph& graph = network.graph();
    std::vector<Tensor> values(graph.layers.size());
    double pool_scale = 1;  // that the pool before the classifier leaves to its weight
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
                values[i] = classifier(*network.linear(index), input(0), pool_scale);
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
                pool_scale = classifier_pool_scale(network.settings(), static_cast<int>(input(0).size(2)));
                values[i] = average_pool(input(0), network.settings());
                break;
        }
    }
    return values.back();
}

}  // namespace f8net
