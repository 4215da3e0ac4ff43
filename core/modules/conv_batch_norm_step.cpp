// SPDX-License-Identifier: Apache-2.0
#include "core/modules/conv_batch_norm_step.h"

#include <cmath>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/base/error.h"
#include "core/fixedpoint/channel_fold.h"
#include "core/modules/conv_batch_norm_backward.h"
#include "core/modules/conv_batch_norm_tape.h"
#include "core/modules/convolution.h"
#include "core/modules/depthwise_kernels.h"
#include "core/modules/gram_statistics.h"
#include "core/modules/quantized_convolution.h"
#include "core/modules/skipped_pixels.h"
#include "core/modules/step_part.h"
#include "core/quantization/channel_kernels.h"
#include "core/quantization/code_kernels.h"
#include "core/quantization/elementwise_kernels.h"
#include "core/quantization/host_tensor.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

double value_or_one(const Tensor& scale) {
    return scale.defined() ? value_of(scale) : 1;
}

/// In float32 oneDNN's kernel, as LibTorch chooses it itself but for few pixels and for one thread: called at once,
/// which saves two calls of operators, and one thread its slower products.
Tensor convolve(const Tensor& x, const Tensor& w, const Window& window, int groups) {
    const bool has_onednn =
        x.scalar_type() == torch::kFloat && at::hasMKLDNN() && at::globalContext().userEnabledMkldnn();
    if (!has_onednn) return convolution(x, w, {}, window, groups);
    return at::mkldnn_convolution(x, w, {}, {window.padding, window.padding}, {window.stride, window.stride}, {1, 1},
                                  groups);
}

/// What forward is given beside autograd's tensors, and gives beside y.
struct Call {
    const Layer& layer;
    const LayerQuantization& quantization;
    int input_length;
    ConvBatchNormStep result;
};

/// In the weight's order; and where a statistic is taken of it, in row-major order, in which lowering sums (one tensor
/// where both are the same).
struct EffectiveWeight {
    Tensor values, for_format;
};

template <typename T>
EffectiveWeight scaled(const Tensor& weight, const std::vector<T>& gain, double eta, double eta_next, bool row_major) {
    const Tensor values = host_tensor_like(weight);
    const int64_t rows = weight.size(0), channels = weight.size(1), taps = weight.size(2) * weight.size(3);
    const T* const from = weight.const_data_ptr<T>();
    T* const to = values.mutable_data_ptr<T>();
    if (!row_major || weight.is_contiguous()) {
        scale_rows<T>(from, to, rows, channels * taps, gain.data(), static_cast<T>(eta), static_cast<T>(eta_next));
        return {values, values};
    }
    const Tensor in_order = host_tensor(weight.sizes(), weight);
    scale_rows<T>(from, to, in_order.mutable_data_ptr<T>(), rows, taps, channels, gain.data(), static_cast<T>(eta),
                  static_cast<T>(eta_next));
    return {values, in_order};
}

/// Codes of x, and where `values` is given what they stand for.
template <typename T>
Tensor quantized_bytes(const Tensor& x, const CodeGrid<T>& grid, Tensor* values = nullptr) {
    Tensor bytes = host_tensor_like(x, torch::kUInt8);
    if (values) *values = host_tensor_like(x);
    quantize_to_bytes<T>(x.const_data_ptr<T>(), values ? values->mutable_data_ptr<T>() : nullptr, bytes.data_ptr(),
                         x.numel(), grid);
    return bytes;
}

template <typename T>
Tensor to_tensor(const std::vector<double>& values, const Tensor& like) {
    Tensor out = host_tensor_like(like);
    std::copy(values.begin(), values.end(), out.mutable_data_ptr<T>());
    return out;
}

/// Statistics of the first convolution's output. It is computed without eta, which mean and deviation grow with. A
/// depthwise layer reads codes, the others their values.
template <typename T>
void take_statistics(const Call& call, const Tensor& read, const Tensor& weight, double eta, ConvBatchNormTape& tape) {
    tape.channels.resize(static_cast<size_t>(weight.size(0)));
    const auto keep = [&](const double* mean, const double* variance) {
        for (ChannelFold& channel : tape.channels) {
            channel.mean = *mean++ * eta;
            channel.variance = *variance++ * eta * eta;
        }
    };
    if (call.layer.is_depthwise()) {
        const StepPart part("convolution 1");
        const DepthwiseShape shape = tape.depthwise_shape();
        std::vector<double> mean(tape.channels.size()), variance(tape.channels.size());
        depthwise_moments<T>(shape, tape.input_codes.const_data_ptr(), tape.input_grid<T>(), weight.const_data_ptr<T>(),
                             mean.data(), variance.data());
        keep(mean.data(), variance.data());
        tape.samples = shape.samples();
        return;
    }
    if (are_statistics_cheaper_from_input(call.layer, read.numel() / read.size(1))) {
        const StepPart part("statistics");
        tape.input_moments = input_moments(as_rows(read), tape.input_range.is_signed);
        const OutputMoments output = output_moments(tape.input_moments, weight.flatten(1));
        keep(output.mean.const_data_ptr<double>(), output.variance.const_data_ptr<double>());
        tape.samples = tape.input_moments.samples;
        return;
    }
    {
        const StepPart part("convolution 1");
        tape.first_output = convolve(read, weight, tape.window, call.layer.groups).contiguous(kRows);
    }
    const StepPart part("statistics");
    const Tensor& y0 = tape.first_output;
    tape.samples = y0.numel() / y0.size(1);
    std::vector<double> mean(tape.channels.size()), variance(tape.channels.size());
    channel_moments<T>(y0.const_data_ptr<T>(), tape.samples, y0.size(1), mean.data(), variance.data());
    keep(mean.data(), variance.data());
}

/// The second convolution with its bias. read: the input's values, where there are any.
template <typename T>
Tensor convolve_quantized(const ConvBatchNormTape& tape, const Tensor& read, const Tensor& bias) {
    if constexpr (std::is_same_v<T, float>) {
        Tensor y = convolve_codes(tape.input_codes, tape.input_range.is_signed, tape.weight_codes, tape.window,
                                  tape.layer.groups, std::ldexp(1.0, -tape.input_length - tape.weight_length), bias);
        if (y.defined()) return y;
    }
    const Tensor x = read.defined() ? read : as_values<T>(tape.input_codes, tape.input_grid<T>());
    const Tensor weight = as_values<T>(tape.weight_codes, tape.weight_grid<T>());
    Tensor y = convolve(x, weight, tape.window, tape.layer.groups).contiguous(kRows);
    // Products of codes sum up exactly in any order; with the bias after them, rounded once, every kernel gives the
    // same bits.
    add_to_channels<T>(y.mutable_data_ptr<T>(), y.numel() / y.size(1), y.size(1), bias.const_data_ptr<T>());
    return y;
}

template <typename T>
Tensor forward_as(Call& call, ConvBatchNormTape& tape, const Tensor& x, const Tensor& weight, const Tensor& gamma,
                  const Tensor& beta, double eta, double eta_next) {
    Tensor read;
    {
        const StepPart part("quantize");
        const Window& window = call.layer.window;
        tape.input_codes = quantized_bytes<T>(skips_pixels(window) ? gather_pixels(x, window.stride) : x,
                                              tape.input_grid<T>(), call.layer.is_depthwise() ? nullptr : &read);
    }
    take_statistics<T>(call, read, weight, eta, tape);
    if (tape.samples < 2) {
        throw ShapeError(call.layer.name, "at least two values per channel for batch statistics", c10::str(x.sizes()));
    }
    ConvBatchNormStep& result = call.result;
    Tensor bias = host_tensor_like(beta);
    {
        const StepPart part("fold");
        std::vector<T> gain;
        result.mean = host_tensor_like(beta);
        result.variance = host_tensor_like(beta);
        for (size_t c = 0; c < tape.channels.size(); ++c) {
            ChannelFold& channel = tape.channels[c];
            channel.fold<T>(gamma.const_data_ptr<T>()[c], beta.const_data_ptr<T>()[c], static_cast<T>(eta_next));
            gain.push_back(static_cast<T>(channel.gain));
            bias.mutable_data_ptr<T>()[c] = static_cast<T>(channel.bias);
            result.mean.mutable_data_ptr<T>()[c] = static_cast<T>(channel.mean);
            result.variance.mutable_data_ptr<T>()[c] = static_cast<T>(channel.variance);
        }
        result.samples = tape.samples;
        const bool takes_statistic = call.quantization.settings().format_policy == FormatPolicy::kStatistics;
        const EffectiveWeight effective = scaled<T>(weight, gain, eta, eta_next, takes_statistic);
        result.effective_weight = effective.values;
        result.weight_lengths = call.quantization.weight_lengths(effective.for_format);
        tape.weight_length = result.weight_lengths[0];
        tape.weight_codes = quantized_bytes<T>(result.effective_weight, tape.weight_grid<T>());
    }
    const StepPart part("convolution 2");
    return convolve_quantized<T>(tape, read, bias);
}

template <typename T>
variable_list backward_as(ConvBatchNormTape& tape, const Tensor& dy, const Tensor& weight, const Tensor& gamma,
                          const Tensor& eta, const Tensor& eta_next) {
    const LayerGradients d = layer_gradients<T>(tape, dy, weight, value_or_one(eta), value_or_one(eta_next));
    return {d.input,
            d.weight,
            to_tensor<T>(d.channels.gamma, gamma),
            to_tensor<T>(d.channels.beta, gamma),
            eta.defined() ? host_scalar(eta, d.channels.eta) : Tensor(),
            eta_next.defined() ? host_scalar(eta_next, d.channels.eta_next) : Tensor(),
            Tensor()};
}

class StepNode : public torch::autograd::Function<StepNode> {
public:
    using Optional = std::optional<Tensor>;  // autograd takes no undefined tensors

    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& gamma,
                          const Tensor& beta, const Optional& eta_in, const Optional& eta_next_in, Call* call) {
        const Tensor eta = eta_in.value_or(Tensor()), eta_next = eta_next_in.value_or(Tensor());
        auto tape = c10::make_intrusive<ConvBatchNormTape>();
        tape->layer = call->layer;
        tape->window = window_of_pixels_read(call->layer.window);
        tape->input_shape = x.sizes().vec();
        tape->needs_input_gradient = x.requires_grad();
        tape->input_length = call->input_length;
        tape->input_range = call->layer.reads_pixels ? CodeRange{8, false} : call->quantization.input().range();
        tape->weight_range = {call->quantization.settings().weight_format.word_length, true};
        Tensor y =
            weight.scalar_type() == torch::kFloat
                ? forward_as<float>(*call, *tape, x, weight, gamma, beta, value_or_one(eta), value_or_one(eta_next))
                : forward_as<double>(*call, *tape, x, weight, gamma, beta, value_or_one(eta), value_or_one(eta_next));
        context->save_for_backward({weight, gamma, eta, eta_next});
        context->saved_data["tape"] = c10::IValue::make_capsule(std::move(tape));
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const auto found = context->saved_data.find("tape");
        if (found == context->saved_data.end()) {
            throw std::logic_error("a layer's training step cannot go backward twice: it gives its tensors away");
        }
        const auto capsule = found->second.toCapsule();
        ConvBatchNormTape& tape = static_cast<ConvBatchNormTape&>(*capsule);
        context->saved_data.erase("tape");
        return saved[0].scalar_type() == torch::kFloat
                   ? backward_as<float>(tape, gradients[0], saved[0], saved[1], saved[2], saved[3])
                   : backward_as<double>(tape, gradients[0], saved[0], saved[1], saved[2], saved[3]);
    }
};

}  // namespace

bool can_step_as_one(const Layer& layer, const LayerQuantization& quantization, const Tensor& x, const Tensor& weight) {
    const QuantizationConfig& settings = quantization.settings();
    constexpr int kByte = 8;
    const bool has_kernels = layer.groups == 1 || has_depthwise_kernels(layer);
    const bool has_type = x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble;
    return settings.granularity == Granularity::kPerTensor && settings.weight_format.word_length <= kByte &&
           settings.input_format.word_length <= kByte && has_type && has_kernels && x.device().is_cpu() &&
           !(layer.reads_pixels && x.requires_grad()) && weight.scalar_type() == x.scalar_type() &&
           x.is_contiguous(kRows) && weight.is_contiguous(kRows);
}

ConvBatchNormStep step_as_one(const Layer& layer, const LayerQuantization& quantization,
                              const ConvBatchNormParameters& parameters, const Tensor& x, int input_length) {
    const auto optional = [](const Tensor& tensor) { return tensor.defined() ? std::optional(tensor) : std::nullopt; };
    Call call{layer, quantization, input_length, {}};
    call.result.y = StepNode::apply(x, parameters.weight, parameters.gamma, parameters.beta, optional(parameters.eta),
                                    optional(parameters.eta_next), &call);
    return std::move(call.result);
}

}  // namespace f8net
