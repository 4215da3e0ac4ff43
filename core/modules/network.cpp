// SPDX-License-Identifier: Apache-2.0
#include "core/modules/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"
#include "core/modules/pooling.h"

namespace f8net {

using torch::Tensor;

struct Network::Weighted {
    std::shared_ptr<ClipLevel> clip_level;
    std::shared_ptr<RunningLengths> running_lengths;
    std::shared_ptr<ActivationQuantizer> quantizer;
    std::unique_ptr<ConvBatchNorm> conv;
    std::unique_ptr<QuantizedLinear> linear;

    LayerQuantization& quantization() const { return conv ? conv->quantization() : linear->quantization(); }
};

namespace {

/// What the values between layers are measured in (eta of the producer's consumer, as it was at that moment), and what
/// an addition has to multiply its stream with: a power of two, so that integers can follow. It has no gradient;
/// between readers of one clipping level it does not depend on the level.
class StreamUnits {
public:
    explicit StreamUnits(const LayerGraph& graph) : graph_(graph), units_(graph.layers.size()) {}
    void set(size_t index, const Tensor& eta) { units_[index] = eta.defined() ? eta.detach().flatten() : eta; }
    /// A layer that only passes on: as its first input.
    void pass(size_t index) { units_[index] = of(graph_.layers[index].inputs[0]); }
    /// Undefined where it is 1.
    Tensor factor(const Layer& add) const {
        const Tensor &stream = of(add.inputs[1]), &sum = of(add.inputs[0]);
        if (!stream.defined() || !sum.defined()) return {};
        const Tensor a = stream.to(torch::kCPU, torch::kDouble), b = sum.to(torch::kCPU, torch::kDouble);
        const int64_t count = std::max(a.numel(), b.numel());
        const Tensor from = a.expand({count}).contiguous(), to = b.expand({count}).contiguous();
        Tensor powers = torch::empty({count}, torch::kDouble);
        for (int64_t i = 0; i < count; ++i) {
            powers.data_ptr<double>()[i] =
                std::ldexp(1.0, stream_shift(from.const_data_ptr<double>()[i], to.const_data_ptr<double>()[i]));
        }
        if (powers.eq(1).all().item<bool>()) return {};
        return powers.to(stream.options()).view({1, count, 1, 1});
    }

private:
    const Tensor& of(int index) const { return units_[static_cast<size_t>(index)]; }
    const LayerGraph& graph_;
    std::vector<Tensor> units_;
};

/// U(-bound, bound), bound = 1 / sqrt(fan_in): kaiming_uniform with a = sqrt(5), and the bias beside it.
Tensor uniform_by_fan_in(const Tensor& like, int64_t fan_in, at::Generator& generator) {
    const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
    return torch::empty(like.sizes(), torch::kFloat).uniform_(-bound, bound, generator);
}

/// Values between layers, forgotten after their last reader.
template <typename Value>
class Slots {
public:
    explicit Slots(const LayerGraph& graph) : values_(graph.layers.size()), readers_left_(graph.layers.size()) {
        for (const Layer& layer : graph.layers) {
            for (const int input : layer.inputs) ++readers_left_[static_cast<size_t>(input)];
        }
    }
    void put(size_t index, Value value) { values_[index] = std::move(value); }
    /// The value, kept only if somebody else will read it.
    Value take(int index) {
        const auto i = static_cast<size_t>(index);
        return --readers_left_[i] == 0 ? std::move(values_[i]) : values_[i];
    }

private:
    std::vector<Value> values_;
    std::vector<int> readers_left_;
};

int final_plane(const LayerGraph& graph, const Layer& layer) {
    for (int index = layer.inputs.at(0); index > 0; index = graph.layers[static_cast<size_t>(index)].inputs.at(0)) {
        const Layer& before = graph.layers[static_cast<size_t>(index)];
        if (before.kind == LayerKind::kAveragePool) {
            return static_cast<int>(graph.layers[static_cast<size_t>(before.inputs.at(0))].output.height);
        }
        if (before.has_weights()) break;
    }
    return 1;
}

}  // namespace

Network::Network(LayerGraph graph, const QuantizationConfig& settings)
    : graph_(std::move(graph)),
      settings_(settings),
      relus_(plan_relus(graph_, /*fuses=*/true)),
      observed_relus_(plan_relus(graph_, /*fuses=*/false)) {
    build_layers();
}

Network::~Network() = default;

void Network::build_layers() {
    layers_.resize(graph_.layers.size());
    const auto options = torch::TensorOptions().dtype(torch::kFloat);
    for (size_t i = 0; i < layers_.size(); ++i) {
        const Layer& layer = graph_.layers[i];
        if (!layer.has_weights()) continue;
        layers_[i] = std::make_unique<Weighted>();
        Weighted& weighted = *layers_[i];
        weighted.clip_level = std::make_shared<ClipLevel>();
        weighted.clip_level->alpha = torch::scalar_tensor(settings_.initial_clip_level, options).requires_grad_();
        const int largest = settings_.input_format.word_length - (layer.input_is_signed ? 1 : 0);
        const bool is_per_channel = settings_.granularity == Granularity::kPerChannel &&
                                    layer.kind == LayerKind::kConv &&
                                    settings_.format_policy == FormatPolicy::kStatistics && !layer.reads_pixels;
        weighted.running_lengths =
            std::make_shared<RunningLengths>(is_per_channel ? static_cast<size_t>(layer.in_channels) : 1,
                                             std::min(settings_.input_format.fractional_length, largest));
    }
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!layers_[i]) continue;
        const Layer& layer = graph_.layers[i];
        const Weighted& owner = layer.clip_owner >= 0 ? *layers_[static_cast<size_t>(layer.clip_owner)] : *layers_[i];
        const bool shares_lengths = settings_.fractional_length_sharing == FractionalLengthSharing::kShared;
        ActivationQuantizer::Options quantizer;
        quantizer.layer = layer.name;
        quantizer.is_signed = layer.input_is_signed;
        quantizer.reads_pixels = layer.reads_pixels;
        quantizer.may_be_per_channel = layer.kind == LayerKind::kConv;
        quantizer.watch = watch_;
        layers_[i]->quantizer =
            std::make_shared<ActivationQuantizer>(quantizer, settings_, owner.clip_level,
                                                  shares_lengths ? owner.running_lengths : layers_[i]->running_lengths);
    }
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!layers_[i]) continue;
        const Layer& layer = graph_.layers[i];
        LayerQuantization quantization(
            layer.name, settings_, layers_[i]->quantizer,
            layer.consumer >= 0 ? layers_[static_cast<size_t>(layer.consumer)]->quantizer : nullptr);
        if (layer.kind == LayerKind::kConv) {
            layers_[i]->conv = std::make_unique<ConvBatchNorm>(layer, std::move(quantization), options);
        } else {
            layers_[i]->linear = std::make_unique<QuantizedLinear>(
                layer, std::move(quantization), classifier_pool_scale(settings_, final_plane(graph_, layer)), options);
        }
    }
}

void Network::initialize(uint64_t seed, Initialization how) {
    const bool by_fan_in = how == Initialization::kFanIn;
    torch::NoGradGuard no_grad;
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    for (const auto& weighted : layers_) {
        if (!weighted) continue;
        weighted->clip_level->alpha.fill_(settings_.initial_clip_level);
        if (weighted->conv) {
            ConvBatchNorm& conv = *weighted->conv;
            const int64_t fan_out = conv.weight.numel() / conv.weight.size(1);
            const int64_t fan_in = conv.weight.numel() / conv.weight.size(0);
            conv.weight.copy_(by_fan_in ? uniform_by_fan_in(conv.weight, fan_in, generator)
                                        : torch::randn(conv.weight.sizes(), generator, torch::kFloat) *
                                              std::sqrt(2.0 / static_cast<double>(fan_out)));
            conv.gamma.fill_(1);
            conv.beta.fill_(0);
            conv.running_mean.fill_(0);
            conv.running_var.fill_(1);
            conv.num_batches_tracked = 0;
        } else {
            QuantizedLinear& linear = *weighted->linear;
            if (by_fan_in) {
                linear.weight.copy_(uniform_by_fan_in(linear.weight, linear.weight.size(1), generator));
                linear.bias.copy_(uniform_by_fan_in(linear.bias, linear.weight.size(1), generator));
            } else {
                linear.weight.copy_(torch::randn(linear.weight.sizes(), generator, torch::kFloat) * 0.01);
                linear.bias.fill_(0);
            }
        }
    }
}

void Network::set_channels_last(bool on) {
    const auto format = on ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    for (const auto& weighted : layers_) {
        if (!weighted || !weighted->conv) continue;
        Tensor& weight = weighted->conv->weight;
        weight = weight.detach().contiguous(format).requires_grad_();
    }
}

Tensor Network::forward(const Tensor& x, NumericMode mode, LayerObserver* observer) {
    if (mode == NumericMode::kSimulatedInteger) {
        const StoredTensor logits = forward_integer(x, observer);
        return (logits.stored * std::ldexp(1.0, -logits.fractional_length)).to(precision_);
    }
    if (mode == NumericMode::kIntegerFloat || mode == NumericMode::kIntegerOnly) {
        throw ConfigError("mode " + to_string(mode) +
                          " is computed from the lowered network, not from the training modules");
    }
    Slots<Tensor> slots(graph_);
    std::optional<StreamUnits> units;
    if (settings_.compensate_streams) units.emplace(graph_);
    const std::vector<ReluStep>& relus = observer != nullptr ? observed_relus_ : relus_;
    Tensor last;
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
        const Layer& layer = graph_.layers[i];
        const ReluStep& relu = relus[i];
        if (units && !layer.inputs.empty()) units->pass(i);
        switch (layer.kind) {
            case LayerKind::kInput:
                last = x;
                break;
            case LayerKind::kConv:
                last = layers_[i]->conv->forward(slots.take(layer.inputs[0]), mode, is_training_, observer);
                if (units) units->set(i, quantization(layer.consumer).input().clip_scale(mode));
                break;
            case LayerKind::kLinear:
                last = layers_[i]->linear->forward(slots.take(layer.inputs[0]), mode,
                                                   is_training_ && !is_recalibrating_, observer);
                break;
            case LayerKind::kRelu: {
                const Tensor value = slots.take(layer.inputs[0]);
                last = relu.is_computed_here ? relu_of_sum(value, {}, relu.mask, relu.in_place) : value;
                break;
            }
            case LayerKind::kAdd: {
                const Tensor a = slots.take(layer.inputs[0]);
                Tensor stream = slots.take(layer.inputs[1]);
                if (units) {
                    if (const Tensor factor = units->factor(layer); factor.defined()) stream = stream * factor;
                }
                last = relu.is_computed_here ? relu_of_sum(a, stream, relu.mask, relu.in_place) : a + stream;
                break;
            }
            case LayerKind::kMaxPool: {
                const auto [kernel, stride, padding] = layer.window;
                const Tensor value = slots.take(layer.inputs[0]);
                last = relu.is_computed_here ? max_pool_of_relu(value, kernel, stride, padding)
                                             : torch::max_pool2d(value, kernel, stride, padding);
                break;
            }
            case LayerKind::kAveragePool:
                last = final_pool(slots.take(layer.inputs[0]), settings_);
                break;
        }
        if (observer != nullptr && layer.kind != LayerKind::kInput && layer.kind != LayerKind::kRelu)
            observer->on_output(layer, last.detach());
        slots.put(i, last);
    }
    return last;
}

double Network::logit_scale(NumericMode mode) const {
    return linear(static_cast<int>(graph_.layers.size()) - 1)->logit_scale(mode);
}

StoredTensor Network::forward_integer(const Tensor& x, LayerObserver* observer) {
    if (is_training_) throw ConfigError("mode simulated-integer evaluates; switch the network to evaluation first");
    torch::NoGradGuard no_grad;
    Slots<StoredTensor> slots(graph_);
    const auto unit_scale = [&](int index) {
        return quantization(graph_.unit_of(index)).input_scale_value(NumericMode::kSimulatedInteger);
    };
    StoredTensor last;
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
        const Layer& layer = graph_.layers[i];
        switch (layer.kind) {
            case LayerKind::kInput: {
                // What the first layer multiplies: pixel bytes, or codes of the normalized image.
                const ActivationQuantizer& first = quantization(graph_.readers_of(static_cast<int>(i)).at(0)).input();
                const int length = first.lengths(NumericMode::kSimulatedInteger).at(0);
                const double scale = first.options().reads_pixels ? 255.0 : std::ldexp(1.0, length);
                last = {(x * scale).round_().clamp_(first.range().lowest(), first.range().highest()).to(torch::kFloat),
                        length, first.range().highest()};
                break;
            }
            case LayerKind::kConv:
                last = layers_[i]->conv->forward_integer(slots.take(layer.inputs[0]), observer);
                break;
            case LayerKind::kLinear:
                last = layers_[i]->linear->forward_integer(slots.take(layer.inputs[0]), observer);
                break;
            case LayerKind::kRelu:
                last = relu(slots.take(layer.inputs[0]));
                break;
            case LayerKind::kAdd: {
                const StoredTensor a = slots.take(layer.inputs[0]);
                const int shift = settings_.compensate_streams
                                      ? stream_shift(unit_scale(layer.inputs[1]), unit_scale(layer.inputs[0]))
                                      : 0;
                last = add_streams(a, compensated(slots.take(layer.inputs[1]), shift));
                break;
            }
            case LayerKind::kMaxPool:
                last = max_pool(slots.take(layer.inputs[0]), layer.window.kernel, layer.window.stride,
                                layer.window.padding);
                break;
            case LayerKind::kAveragePool: {
                const StoredTensor value = slots.take(layer.inputs[0]);
                if (settings_.quantize_average_pool) {
                    last = sum_pool(value);
                } else {
                    const ActivationQuantizer& reader =
                        quantization(graph_.readers_of(static_cast<int>(i)).at(0)).input();
                    last = average_pool(value, reader.range(), reader.lengths(NumericMode::kSimulatedInteger).at(0));
                }
                break;
            }
        }
        const bool is_reported =
            layer.kind == LayerKind::kAdd || layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAveragePool;
        if (observer != nullptr && is_reported) observer->on_accumulators(layer, last.stored, last.fractional_length);
        slots.put(i, last);
    }
    return last;
}

void Network::to(torch::Device device, torch::ScalarType precision) {
    if (precision != torch::kFloat && precision != torch::kDouble)
        throw ConfigError("a network's precision is float32 or float64");
    device_ = device;
    precision_ = precision;
    torch::NoGradGuard no_grad;
    watch_->to(device);
    const auto move = [&](Tensor& tensor) {
        const bool is_parameter = tensor.requires_grad();
        tensor = tensor.detach().to(device, precision).requires_grad_(is_parameter);
    };
    for (const auto& weighted : layers_) {
        if (!weighted) continue;
        move(weighted->clip_level->alpha);
        weighted->running_lengths->to(device, precision);
        if (weighted->conv) {
            ConvBatchNorm& conv = *weighted->conv;
            for (Tensor* tensor : {&conv.weight, &conv.gamma, &conv.beta, &conv.running_mean, &conv.running_var})
                move(*tensor);
        } else {
            move(weighted->linear->weight);
            move(weighted->linear->bias);
        }
    }
}

std::vector<NamedParameter> Network::parameters(NumericMode mode) const {
    std::vector<NamedParameter> all;
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!layers_[i]) continue;
        const Layer& layer = graph_.layers[i];
        const Weighted& weighted = *layers_[i];
        if (weighted.conv) {
            all.push_back({layer.name + ".conv.weight", weighted.conv->weight,
                           layer.is_depthwise() ? ParameterRole::kDepthwiseWeight : ParameterRole::kConvWeight});
            all.push_back({layer.name + ".bn.weight", weighted.conv->gamma, ParameterRole::kBatchNormWeight});
            all.push_back({layer.name + ".bn.bias", weighted.conv->beta, ParameterRole::kBatchNormBias});
        } else {
            all.push_back({layer.name + ".weight", weighted.linear->weight, ParameterRole::kLinearWeight});
            all.push_back({layer.name + ".bias", weighted.linear->bias, ParameterRole::kLinearBias});
        }
        const bool owns_clip_level = layer.clip_owner < 0 || layer.clip_owner == static_cast<int>(i);
        if (owns_clip_level && weighted.quantizer->uses_clip_level(mode)) {
            all.push_back({layer.name + ".alpha", weighted.clip_level->alpha, ParameterRole::kClipLevel});
        }
    }
    return all;
}

void Network::zero_grad() {
    for (NamedParameter& parameter : parameters(NumericMode::kFakeQuant)) parameter.tensor.mutable_grad().reset();
}

void Network::recalibrate_batch_norm(bool on) {
    torch::NoGradGuard no_grad;
    is_recalibrating_ = on;
    for (const auto& weighted : layers_) {
        if (!weighted || !weighted->conv) continue;
        weighted->conv->batch_norm_momentum = on ? std::nullopt : std::optional<double>(0.1);
        if (!on) continue;
        weighted->conv->running_mean.fill_(0);
        weighted->conv->running_var.fill_(1);
        weighted->conv->num_batches_tracked = 0;
    }
}

ConvBatchNorm* Network::conv(int index) const {
    const auto& weighted = layers_.at(static_cast<size_t>(index));
    return weighted ? weighted->conv.get() : nullptr;
}
QuantizedLinear* Network::linear(int index) const {
    const auto& weighted = layers_.at(static_cast<size_t>(index));
    return weighted ? weighted->linear.get() : nullptr;
}
LayerQuantization& Network::quantization(int index) const {
    return layers_.at(static_cast<size_t>(index))->quantization();
}
ClipLevel& Network::stored_clip_level(int index) const {
    return *layers_.at(static_cast<size_t>(index))->clip_level;
}
RunningLengths& Network::stored_running_lengths(int index) const {
    return *layers_.at(static_cast<size_t>(index))->running_lengths;
}

}  // namespace f8net
