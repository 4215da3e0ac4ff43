// SPDX-License-Identifier: Apache-2.0
#include "core/modules/plain_network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include "core/modules/convolution.h"

namespace f8net {

using torch::Tensor;

PlainNetwork::PlainNetwork(LayerGraph graph, uint64_t seed) : graph_(std::move(graph)), weights_(graph_.layers.size()) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    for (size_t i = 0; i < weights_.size(); ++i) {
        const Layer& layer = graph_.layers[i];
        if (!layer.has_weights()) continue;
        const Tensor normal = torch::randn(layer.weight_shape(), generator, torch::kFloat);
        Weights& w = weights_[i];
        if (layer.kind == LayerKind::kLinear) {
            w.weight = (normal * 0.01).requires_grad_();
            w.bias = torch::zeros({layer.out_channels}).requires_grad_();
            continue;
        }
        const double fan_out = static_cast<double>(normal.numel() / normal.size(1));
        w.weight = (normal * std::sqrt(2.0 / fan_out)).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
        w.gamma = torch::ones({layer.out_channels}).requires_grad_();
        w.beta = torch::zeros({layer.out_channels}).requires_grad_();
        w.running_mean = torch::zeros({layer.out_channels});
        w.running_var = torch::ones({layer.out_channels});
    }
}

Tensor PlainNetwork::forward(const Tensor& x) {
    std::vector<Tensor> values(graph_.layers.size());
    for (size_t i = 0; i < values.size(); ++i) {
        const Layer& layer = graph_.layers[i];
        const auto input = [&](size_t which) { return values[static_cast<size_t>(layer.inputs[which])]; };
        const Weights& w = weights_[i];
        switch (layer.kind) {
            case LayerKind::kInput:
                values[i] = x;
                break;
            case LayerKind::kConv: {
                const Window& window = layer.window;
                // The consumer's unsigned clip is the ReLU between the convolutions of a body; here it is one.
                const Tensor in = layer.input_is_signed || layer.reads_pixels ||
                                          graph_.layers[static_cast<size_t>(layer.inputs[0])].kind != LayerKind::kConv
                                      ? input(0)
                                      : input(0).relu_();
                const Tensor y = convolution(in, w.weight, {}, window, layer.groups);
                values[i] =
                    torch::batch_norm(y, w.gamma, w.beta, w.running_mean, w.running_var, is_training_, 0.1, 1e-5, true);
                break;
            }
            case LayerKind::kLinear:
                values[i] = torch::linear(input(0).flatten(1), w.weight, w.bias);
                break;
            case LayerKind::kRelu:
                values[i] = input(0).relu_();
                break;
            case LayerKind::kAdd:
                values[i] = input(0) + input(1);
                break;
            case LayerKind::kMaxPool:
                values[i] = torch::max_pool2d(input(0), layer.window.kernel, layer.window.stride, layer.window.padding);
                break;
            case LayerKind::kAveragePool:
                values[i] = torch::adaptive_avg_pool2d(input(0), {1, 1});
                break;
        }
    }
    return values.back();
}

std::vector<Tensor> PlainNetwork::parameters() const {
    std::vector<Tensor> all;
    for (const Weights& w : weights_) {
        for (const Tensor& tensor : {w.weight, w.gamma, w.beta, w.bias}) {
            if (tensor.defined()) all.push_back(tensor);
        }
    }
    return all;
}

void PlainNetwork::to(torch::Device device, torch::Dtype precision) {
    for (Weights& w : weights_) {
        for (Tensor* tensor : {&w.weight, &w.gamma, &w.beta, &w.running_mean, &w.running_var, &w.bias}) {
            if (!tensor->defined()) continue;
            const bool is_parameter = tensor->requires_grad();
            *tensor = tensor->detach().to(device, precision).requires_grad_(is_parameter);
        }
    }
}

void PlainNetwork::zero_grad() {
    for (Tensor& parameter : parameters()) parameter.mutable_grad().reset();
}

}  // namespace f8net
