// SPDX-License-Identifier: Apache-2.0
#include "core/modules/conv_batch_norm_device.h"

#include <optional>

#include "core/base/error.h"
#include "core/modules/convolution.h"
#include "core/modules/gram_statistics.h"
#include "core/modules/step_part.h"
#include "core/modules/tf32.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/device_lengths.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

/// Codes as bytes, and the choice that says what they stand for.
struct Coded {
    Tensor codes, choice;
    CodeRange range;
    Tensor values(torch::ScalarType type) const { return device::values_of(codes, range, choice, type); }
};

/// What a quantizer made on the device; where it had a length from the host, made up for.
Coded coded(const Tensor& values, const Tensor& codes, const ChosenLengths& lengths, CodeRange range) {
    if (codes.defined()) return {codes, lengths.on_device(), range};
    const Tensor choice = device::given_length(lengths.read().at(0), values);
    return {device::quantize_as_chosen(values, range, choice, true).codes, choice, range};
}

/// Everything of one forward that its backward needs.
struct DeviceTape : torch::CustomClassHolder {
    Layer layer;
    Window window;  // of the pixels read
    std::vector<int64_t> input_shape;
    bool needs_input_gradient = true;
    Coded input, weight;
    Tensor first_output;         // or
    InputMoments input_moments;  // where it was never computed
    device::Fold fold;
    int64_t samples = 0;
};

/// What forward is given beside autograd's tensors, and gives beside y.
struct DeviceCall {
    const Layer& layer;
    const LayerQuantization& quantization;
    const ActivationQuantizer::Result& quantized;
    device::RunningStatistics running;
    DeviceStep result;
};

/// Statistics of the first convolution's output.
device::ChannelMoments take_statistics(const Layer& layer, DeviceTape& tape, const Tensor& read, const Tensor& weight) {
    if (are_statistics_cheaper_from_input(layer, read.numel() / read.size(1))) {
        const StepPart part("statistics");
        tape.input_moments = input_moments(as_rows(read), tape.input.range.is_signed);
        tape.samples = tape.input_moments.samples;
        const OutputMoments output = output_moments(tape.input_moments, weight.flatten(1));
        return {output.mean, output.variance};
    }
    {
        const StepPart part("convolution 1");
        tape.first_output = convolution(read, weight, {}, tape.window, layer.groups).contiguous(kRows);
        tape.samples = tape.first_output.numel() / tape.first_output.size(1);
    }
    const StepPart part("statistics");
    return device::channel_moments(tape.first_output);
}

Tensor forward_on(DeviceCall& call, DeviceTape& tape, const Tensor& weight, const Tensor& gamma, const Tensor& beta,
                  const Tensor& eta, const Tensor& eta_next) {
    Tensor read;
    {
        const StepPart part("quantize");
        const CodeRange range = call.layer.reads_pixels ? CodeRange{8, false} : call.quantization.input().range();
        read = pixels_read(call.quantized.values, call.layer.window).contiguous(kRows);
        const Tensor codes = call.quantized.codes.defined()
                                 ? pixels_read(call.quantized.codes, call.layer.window).contiguous(kRows)
                                 : Tensor();
        tape.input = coded(read, codes, call.quantized.lengths, range);
    }
    const device::ChannelMoments moments =
        take_statistics(call.layer, tape, read, device::scale_rows(weight, {}, eta, {}));
    if (tape.samples < 2) {
        throw ShapeError(call.layer.name, "at least two values per channel for batch statistics",
                         c10::str(call.quantized.values.sizes()));
    }
    DeviceStep& result = call.result;
    {
        const StepPart part("fold");
        call.running.unbiased = static_cast<double>(tape.samples) / static_cast<double>(tape.samples - 1);
        tape.fold = device::fold(moments, gamma, beta, eta_next, call.running);
        result.effective_weight = device::scale_rows(weight, tape.fold.gain, eta, eta_next);
        result.quantized_weight = call.quantization.quantize_weight(result.effective_weight, NumericMode::kFakeQuant);
        tape.weight =
            coded(result.quantized_weight.values, result.quantized_weight.codes, result.quantized_weight.lengths,
                  {call.quantization.settings().weight_format.word_length, true});
    }
    const StepPart part("convolution 2");
    const Tf32ForCodes tf32(read.device(), call.layer, tape.input.range,
                            {call.quantization.settings().weight_format.word_length, true});
    // Products of codes sum up exactly in any order; with the bias after them, rounded once, every kernel gives the
    // same bits.
    Tensor y = convolution(read, result.quantized_weight.values, {}, tape.window, call.layer.groups).contiguous(kRows);
    device::add_to_channels(y, tape.fold.bias);
    return y;
}

Tensor in_layout_of(const Tensor& gradient, const Tensor& weight) {
    return gradient.strides() == weight.strides() ? gradient : torch::empty_like(weight).copy_(gradient);
}

/// The gradient of what the layer read to that of its input.
Tensor pass_to_input(const DeviceTape& tape, const Tensor& second, const Tensor& first) {
    const StepPart part("backward, quantize");
    Tensor of_pixels_read = second.contiguous(kRows);
    device::pass_by_code(of_pixels_read, first.contiguous(kRows), tape.input.codes, tape.input.range);
    if (!skips_pixels(tape.layer.window)) return of_pixels_read;
    Tensor d_input = torch::empty(tape.input_shape, of_pixels_read.options(), kRows).zero_();
    pixels_read(d_input, tape.layer.window).copy_(of_pixels_read);
    return d_input;
}

/// Gradients of the first convolution, whose weight is weight * eta.
ConvolutionGradients through_first_output(DeviceTape& tape, const device::Unfold& d, const Tensor& read,
                                          const Tensor& weight) {
    {
        const StepPart part("backward, statistics");
        // Nobody reads the first output again: it becomes its own gradient.
        device::channel_affine(tape.first_output, d.mean, d.slope, d.offset, /*in_place=*/true);
    }
    const StepPart part("backward, convolution 1");
    return convolution_gradients(tape.first_output, read, weight, tape.window, tape.layer.groups,
                                 tape.needs_input_gradient, true);
}
ConvolutionGradients through_input_moments(const DeviceTape& tape, const device::Unfold& d, const Tensor& read,
                                           const Tensor& weight) {
    const StepPart part("backward, statistics");
    const auto samples = static_cast<double>(tape.samples);
    const MomentsGradient moments =
        output_moments_gradient(tape.input_moments, weight.flatten(1), d.offset.to(torch::kDouble).mul_(samples),
                                d.slope.to(torch::kDouble).mul_(samples / 2));
    ConvolutionGradients gradients{{}, moments.weight.to(weight.scalar_type()).view_as(weight)};
    if (tape.needs_input_gradient) {
        gradients.input = torch::empty_like(read);
        Tensor rows = as_rows(gradients.input);
        at::addmm_out(rows, moments.offset.to(weight.scalar_type()), as_rows(read),
                      moments.slope.to(read.scalar_type()));
    }
    return gradients;
}

variable_list backward_on(DeviceTape& tape, const Tensor& dy_in, const Tensor& weight, const Tensor& eta,
                          const Tensor& eta_next) {
    const Tensor dy = dy_in.contiguous(kRows);
    Tensor read, second_weight;
    {
        const StepPart part("backward, quantize");
        read = tape.input.values(weight.scalar_type());
        second_weight = tape.weight.values(weight.scalar_type());
    }
    ConvolutionGradients second;
    {
        const StepPart part("backward, convolution 2");
        second = convolution_gradients(dy, read, second_weight, tape.window, tape.layer.groups,
                                       tape.needs_input_gradient, true);
    }
    device::Unfold d;
    Tensor d_weight;
    {
        const StepPart part("backward, fold");
        device::WeightGradient gradient =
            device::weight_gradient(in_layout_of(second.weight, weight), weight, tape.weight.codes, tape.weight.range,
                                    tape.fold, eta, eta_next);
        d_weight = std::move(gradient.weight);
        d = device::unfold(tape.fold, gradient.products, device::channel_moments(dy).mean, tape.samples, eta, eta_next);
    }
    const Tensor first_weight = device::scale_rows(weight, {}, eta, {});
    const ConvolutionGradients first = tape.first_output.defined() ? through_first_output(tape, d, read, first_weight)
                                                                   : through_input_moments(tape, d, read, first_weight);
    {
        const StepPart part("backward, fold");
        const Tensor d_first = in_layout_of(first.weight, weight);
        if (eta.defined()) {
            d_weight.addcmul_(d_first, eta);
        } else {
            d_weight.add_(d_first);
        }
    }
    return {second.input.defined() ? pass_to_input(tape, second.input, first.input) : Tensor(),
            d_weight,
            d.gamma,
            d.beta,
            eta.defined() ? d.eta : Tensor(),
            eta_next.defined() ? d.eta_next : Tensor(),
            Tensor()};
}

class DeviceStepNode : public torch::autograd::Function<DeviceStepNode> {
public:
    using Optional = std::optional<Tensor>;  // autograd takes no undefined tensors

    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& gamma,
                          const Tensor& beta, const Optional& eta_in, const Optional& eta_next_in, DeviceCall* call) {
        const Tensor eta = eta_in.value_or(Tensor()), eta_next = eta_next_in.value_or(Tensor());
        auto tape = c10::make_intrusive<DeviceTape>();
        tape->layer = call->layer;
        tape->window = window_of_pixels_read(call->layer.window);
        tape->input_shape = x.sizes().vec();
        tape->needs_input_gradient = x.requires_grad();
        Tensor y = forward_on(*call, *tape, weight, gamma, beta, eta, eta_next);
        context->save_for_backward({weight, eta, eta_next});
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
        context->saved_data.erase("tape");
        return backward_on(static_cast<DeviceTape&>(*capsule), gradients[0], saved[0], saved[1], saved[2]);
    }
};

}  // namespace

bool can_step_on_device(const Layer& layer, const LayerQuantization& quantization, const Tensor& x,
                        const Tensor& weight) {
    const QuantizationConfig& settings = quantization.settings();
    constexpr int kByte = 8;
    return has_device_kernels(x) && quantization.input().running_lengths().on_device().defined() &&
           settings.granularity == Granularity::kPerTensor && settings.weight_format.word_length <= kByte &&
           settings.input_format.word_length <= kByte && !(layer.reads_pixels && x.requires_grad()) &&
           weight.scalar_type() == x.scalar_type() && x.is_contiguous(kRows) && weight.is_contiguous(kRows);
}

DeviceStep step_on_device(const Layer& layer, const LayerQuantization& quantization,
                          const ConvBatchNormParameters& parameters, const Tensor& x,
                          const ActivationQuantizer::Result& quantized, Tensor& running_mean, Tensor& running_variance,
                          double momentum) {
    const auto optional = [](const Tensor& tensor) { return tensor.defined() ? std::optional(tensor) : std::nullopt; };
    DeviceCall call{layer, quantization, quantized, {running_mean, running_variance, momentum, 1}, {}};
    call.result.y = DeviceStepNode::apply(x, parameters.weight, parameters.gamma, parameters.beta,
                                          optional(parameters.eta), optional(parameters.eta_next), &call);
    return std::move(call.result);
}

}  // namespace f8net
