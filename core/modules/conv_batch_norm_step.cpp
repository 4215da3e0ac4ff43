// SPDX-License-Identifier: Apache-2.0
#include "core/modules/conv_batch_norm_step.h"

#include <cmath>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/base/error.h"
#include "core/fixedpoint/channel_fold.h"
#include "core/modules/clipped_weights.h"
#include "core/modules/convolution.h"
#include "core/modules/gram_statistics.h"
#include "core/modules/quantized_convolution.h"
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

template <typename T>
CodeGrid<T> grid_of(CodeRange range, int length) {
    return CodeGrid<T>::make(length, static_cast<T>(range.highest()), range.is_signed);
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

/// Everything of one forward that its backward needs.
struct Tape : torch::CustomClassHolder {
    Layer layer;
    Window window;  // of the pixels read
    std::vector<int64_t> input_shape;
    bool needs_input_gradient = true;
    Tensor input_codes, weight_codes;
    int input_length = 0, weight_length = 0;
    CodeRange input_range, weight_range;
    Tensor first_output;         // y0 / eta; or
    InputMoments input_moments;  // where it was never computed
    std::vector<ChannelFold> channels;
    int64_t samples = 0;

    /// What is asked for of the two.
    ConvolutionGradients convolve_back(const Tensor& gradient, const Tensor& x, const Tensor& w, bool input,
                                       bool weight) const {
        return convolution_gradients(gradient, x, w, window, layer.groups, input && needs_input_gradient, weight);
    }
};

/// What forward is given beside autograd's tensors, and gives beside y.
struct Call {
    const Layer& layer;
    const LayerQuantization& quantization;
    int input_length;
    ConvBatchNormStep result;
};

template <typename T>
Tensor scaled(const Tensor& weight, const std::vector<T>& gain, double eta, double eta_next) {
    Tensor out = host_tensor_like(weight);
    const int64_t rows = weight.size(0);
    scale_rows<T>(weight.const_data_ptr<T>(), out.mutable_data_ptr<T>(), rows, weight.numel() / rows, gain.data(),
                  static_cast<T>(eta), static_cast<T>(eta_next));
    return out;
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
Tensor as_values(const Tensor& bytes, const CodeGrid<T>& grid) {
    Tensor values = host_tensor_like(bytes, c10::CppTypeToScalarType<T>::value);
    bytes_to_values<T>(bytes.const_data_ptr(), values.mutable_data_ptr<T>(), bytes.numel(), grid);
    return values;
}

template <typename T>
Tensor to_tensor(const std::vector<double>& values, const Tensor& like) {
    Tensor out = host_tensor_like(like);
    std::copy(values.begin(), values.end(), out.mutable_data_ptr<T>());
    return out;
}

/// Statistics of the first convolution's output. It is computed without eta, which mean and deviation grow with.
template <typename T>
void take_statistics(const Call& call, const Tensor& read, const Tensor& weight, double eta, Tape& tape) {
    tape.channels.resize(static_cast<size_t>(weight.size(0)));
    const auto keep = [&](const double* mean, const double* variance) {
        for (ChannelFold& channel : tape.channels) {
            channel.mean = *mean++ * eta;
            channel.variance = *variance++ * eta * eta;
        }
    };
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

/// The second convolution with its bias.
template <typename T>
Tensor convolve_quantized(const Tape& tape, const Tensor& read, const Tensor& bias) {
    const CodeGrid<T> grid = grid_of<T>(tape.weight_range, tape.weight_length);
    if constexpr (std::is_same_v<T, float>) {
        Tensor y = convolve_codes(tape.input_codes, tape.input_range.is_signed, tape.weight_codes, tape.window,
                                  tape.layer.groups, std::ldexp(1.0, -tape.input_length - tape.weight_length), bias);
        if (y.defined()) return y;
    }
    Tensor y = convolve(read, as_values<T>(tape.weight_codes, grid), tape.window, tape.layer.groups).contiguous(kRows);
    // Products of codes sum up exactly in any order; with the bias after them, rounded once, every kernel gives the
    // same bits.
    add_to_channels<T>(y.mutable_data_ptr<T>(), y.numel() / y.size(1), y.size(1), bias.const_data_ptr<T>());
    return y;
}

template <typename T>
Tensor forward_as(Call& call, Tape& tape, const Tensor& x, const Tensor& weight, const Tensor& gamma,
                  const Tensor& beta, double eta, double eta_next) {
    Tensor read;
    {
        const StepPart part("quantize");
        // A pixel's code is its byte: round(255 x) / 256.
        const Tensor reals = call.layer.reads_pixels ? x * (255.0 / 256.0) : x;
        tape.input_codes = quantized_bytes<T>(pixels_read(reals, call.layer.window).contiguous(kRows),
                                              grid_of<T>(tape.input_range, tape.input_length), &read);
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
        result.effective_weight = scaled<T>(weight, gain, eta, eta_next);
        result.weight_lengths = call.quantization.weight_lengths(result.effective_weight);
        tape.weight_length = result.weight_lengths[0];
        tape.weight_codes =
            quantized_bytes<T>(result.effective_weight, grid_of<T>(tape.weight_range, tape.weight_length));
    }
    const StepPart part("convolution 2");
    return convolve_quantized<T>(tape, read, bias);
}

/// Gradients by the channel, and of the scales.
struct ChannelGradients {
    std::vector<double> gamma, beta, mean, variance;
    double eta = 0, eta_next = 0;
};

ChannelGradients unfold(const Tape& tape, const std::vector<double>& products, const std::vector<double>& db,
                        double eta, double eta_next) {
    ChannelGradients all;
    for (size_t c = 0; c < products.size(); ++c) {
        const auto d = ChannelGradient::unfold(tape.channels[c], products[c], db[c], eta, eta_next);
        all.gamma.push_back(d.gamma);
        all.beta.push_back(d.beta);
        all.mean.push_back(d.mean);
        all.variance.push_back(d.variance);
        all.eta += d.eta;
        all.eta_next += d.eta_next;
    }
    return all;
}

/// Of the first convolution without eta, y0 / eta:  d = (y0 / eta - mean) * slope + offset.
template <typename T>
struct FirstOutputGradient {
    std::vector<T> mean, slope, offset;
    FirstOutputGradient(const Tape& tape, const ChannelGradients& d, double eta) {
        const double samples = static_cast<double>(tape.samples);
        for (size_t c = 0; c < d.mean.size(); ++c) {
            mean.push_back(static_cast<T>(tape.channels[c].mean / eta));
            slope.push_back(static_cast<T>(moments_slope(d.variance[c], samples) * eta * eta));
            offset.push_back(static_cast<T>(moments_offset(d.mean[c], samples) * eta));
        }
    }
};

/// One layer's backward, in the order of its functions.
template <typename T>
class Backward {
public:
    Backward(Tape& tape, const Tensor& dy, const Tensor& weight, double eta, double eta_next)
        : tape_(tape),
          dy_(dy.contiguous(kRows)),
          weight_(weight),
          eta_(eta),
          eta_next_(eta_next),
          channels_(weight.size(0)),
          input_grid_(grid_of<T>(tape.input_range, tape.input_length)),
          weight_grid_(grid_of<T>(tape.weight_range, tape.weight_length)) {
        const StepPart part("backward, quantize");
        read_ = as_values<T>(tape.input_codes, input_grid_);
    }

    void run() {
        const int64_t few = weight_.numel() / 64;
        const auto clipped = tape_.first_output.defined()
                                 ? find_clipped_weights(tape_.weight_codes, tape_.weight_range, tape_.layer.groups, few)
                                 : std::nullopt;
        if (clipped) {
            as_one_weight_gradient(*clipped);
        } else {
            as_two_weight_gradients();
        }
        if (d_read_.defined()) pass_to_input();
    }

    Tensor d_input, d_weight;
    ChannelGradients d;

private:
    /// gain * eta / eta_next: d We to d W.
    std::vector<T> weight_factors() const {
        std::vector<T> factors;
        for (const ChannelFold& channel : tape_.channels)
            factors.push_back(static_cast<T>(channel.weight_factor(eta_, eta_next_)));
        return factors;
    }

    Tensor second_weight() const { return as_values<T>(tape_.weight_codes, weight_grid_); }
    /// Those of the second convolution, then those of the first: [2 * out, in, kh, kw].
    Tensor both_weights() const {
        std::vector<int64_t> sizes = weight_.sizes().vec();
        sizes[0] *= 2;
        Tensor both(at::detail::empty_cpu(sizes, weight_.scalar_type(), /*pin_memory=*/false, kRows));
        T* data = both.mutable_data_ptr<T>();
        bytes_to_values<T>(tape_.weight_codes.const_data_ptr(), data, weight_.numel(), weight_grid_);
        std::copy_n(weight_.const_data_ptr<T>(), weight_.numel(), data + weight_.numel());
        return both;
    }

    Tensor in_layout_of_weight(const Tensor& gradient) const {
        return gradient.strides() == weight_.strides() ? gradient : host_tensor_like(weight_).copy_(gradient);
    }

    /// The weight gradients of both convolutions are one convolution of their merged output gradients, but where a
    /// weight is clipped: there the second's is taken out again. Its products with the weight, which the statistics'
    /// gradient needs first, are those of dy with y0.
    void as_one_weight_gradient(std::vector<ClippedWeight> clipped) {
        Tensor& y0 = tape_.first_output;
        const std::vector<T> factors = weight_factors();
        // Without groups both input gradients are one convolution, of the output gradients side by side.
        const bool as_pair = tape_.needs_input_gradient && tape_.layer.groups == 1;
        Tensor merged, pair;
        {
            const StepPart part("backward, statistics");
            std::vector<double> db(tape_.channels.size()), products(tape_.channels.size());
            channel_products<T>(dy_.const_data_ptr<T>(), y0.const_data_ptr<T>(), tape_.samples, channels_, db.data(),
                                products.data());
            clipped_weight_gradients<T>(clipped, read_, dy_, tape_.window);
            for (const ClippedWeight& each : clipped) {
                products[static_cast<size_t>(each.out)] -=
                    each.gradient * static_cast<double>(weight_.const_data_ptr<T>()[each.offset]);
            }
            d = unfold(tape_, products, db, eta_, eta_next_);
            // Nobody reads y0 again: it becomes its own gradient.
            const FirstOutputGradient<T> through(tape_, d, eta_);
            merged = host_tensor_like(y0);
            const auto merge = [&](auto kernel, auto... tensors) {
                kernel(dy_.const_data_ptr<T>(), tensors..., merged.mutable_data_ptr<T>(), tape_.samples, channels_,
                       through.mean.data(), through.slope.data(), through.offset.data(), factors.data());
            };
            if (as_pair) {
                pair = Tensor(at::detail::empty_cpu({y0.size(0), 2 * channels_, y0.size(2), y0.size(3)},
                                                    y0.scalar_type(), /*pin_memory=*/false, kRows));
                merge(merge_gradients_to_pair<T>, y0.const_data_ptr<T>(), pair.mutable_data_ptr<T>());
                y0.reset();
            } else {
                merge(merge_gradients<T>, y0.mutable_data_ptr<T>());
            }
        }
        {
            const StepPart part("backward, weight gradients");
            d_weight = in_layout_of_weight(tape_.convolve_back(merged, read_, weight_, false, true).weight);
            T* data = d_weight.mutable_data_ptr<T>();
            for (const ClippedWeight& each : clipped)
                data[each.offset] -= factors[static_cast<size_t>(each.out)] * static_cast<T>(each.gradient);
        }
        if (!tape_.needs_input_gradient) return;
        const StepPart part("backward, input gradients");
        if (as_pair) {
            merged.reset();
            d_read_ = tape_.convolve_back(pair, read_, both_weights(), true, false).input;
            return;
        }
        d_read_ = tape_.convolve_back(dy_, read_, second_weight(), true, false).input;
        other_d_read_ = tape_.convolve_back(y0, read_, weight_, true, false).input;
    }

    void as_two_weight_gradients() {
        std::vector<double> db(tape_.channels.size()), products(tape_.channels.size());
        ConvolutionGradients second;
        {
            const StepPart part("backward, convolution 2");
            second = tape_.convolve_back(dy_, read_, second_weight(), true, true);
        }
        {
            const StepPart part("backward, fold");
            const int64_t pixels = dy_.numel() / channels_;
            channel_moments<T>(dy_.const_data_ptr<T>(), pixels, channels_, db.data(), products.data());
            for (double& sum : db) sum *= static_cast<double>(pixels);
            Tensor d_second = in_layout_of_weight(second.weight);
            pass_by_code<T>(d_second.mutable_data_ptr<T>(), nullptr, nullptr, tape_.weight_codes.const_data_ptr(), 1,
                            weight_.numel(), weight_grid_);
            d_weight = host_tensor_like(weight_);
            scale_rows_with_products<T>(d_second.const_data_ptr<T>(), weight_.const_data_ptr<T>(),
                                        d_weight.mutable_data_ptr<T>(), channels_, weight_.numel() / channels_,
                                        weight_factors().data(), products.data());
            d = unfold(tape_, products, db, eta_, eta_next_);
        }
        d_read_ = second.input.defined() ? second.input.contiguous(kRows) : Tensor();
        const Tensor d_first = tape_.first_output.defined() ? through_first_output() : through_input_moments();
        d_weight.add_(d_first);
    }

    /// d of the first convolution's weight; what it adds to d_read_ is left beside it.
    Tensor through_first_output() {
        Tensor& y0 = tape_.first_output;
        {
            const StepPart part("backward, statistics");
            const FirstOutputGradient<T> through(tape_, d, eta_);
            channel_affine<T>(y0.const_data_ptr<T>(), y0.mutable_data_ptr<T>(), tape_.samples, channels_,
                              through.mean.data(), through.slope.data(), through.offset.data());
        }
        const StepPart part("backward, convolution 1");
        const ConvolutionGradients first = tape_.convolve_back(y0, read_, weight_, true, true);
        other_d_read_ = first.input;
        return first.weight;
    }
    Tensor through_input_moments() {
        const StepPart part("backward, statistics");
        for (double& each : d.mean) each *= eta_;
        for (double& each : d.variance) each *= eta_ * eta_;
        const auto options = torch::TensorOptions(torch::kDouble);
        const MomentsGradient moments = output_moments_gradient(
            tape_.input_moments, weight_.flatten(1), torch::from_blob(d.mean.data(), {channels_}, options),
            torch::from_blob(d.variance.data(), {channels_}, options));
        if (d_read_.defined()) {
            as_rows(d_read_).addmm_(as_rows(read_), moments.slope.to(weight_.scalar_type()));
            offset_.assign(moments.offset.const_data_ptr<double>(),
                           moments.offset.const_data_ptr<double>() + moments.offset.numel());
        }
        return moments.weight.to(weight_.scalar_type()).view_as(weight_);
    }

    void pass_to_input() {
        const StepPart part("backward, quantize");
        d_input = d_read_.contiguous(kRows);
        const Tensor other = other_d_read_.defined() ? other_d_read_.contiguous(kRows) : other_d_read_;
        pass_by_code<T>(d_input.mutable_data_ptr<T>(), other.defined() ? other.const_data_ptr<T>() : nullptr,
                        offset_.empty() ? nullptr : offset_.data(), tape_.input_codes.const_data_ptr(),
                        d_input.numel() / d_input.size(1), d_input.size(1), input_grid_);
        if (!skips_pixels(tape_.layer.window)) return;
        const Tensor of_pixels_read = d_input;
        d_input = torch::empty(tape_.input_shape, of_pixels_read.options(), kRows).zero_();
        pixels_read(d_input, tape_.layer.window).copy_(of_pixels_read);
    }

    Tape& tape_;
    Tensor dy_, weight_;
    double eta_, eta_next_;
    int64_t channels_;
    CodeGrid<T> input_grid_, weight_grid_;
    Tensor read_;
    Tensor d_read_, other_d_read_;  // of the second convolution, and of the first where it was computed
    std::vector<T> offset_;         // of d_read_, per channel, still to be added
};

template <typename T>
variable_list backward_as(Tape& tape, const Tensor& dy, const Tensor& weight, const Tensor& gamma, const Tensor& eta,
                          const Tensor& eta_next) {
    Backward<T> backward(tape, dy, weight, value_or_one(eta), value_or_one(eta_next));
    backward.run();
    return {backward.d_input,
            backward.d_weight,
            to_tensor<T>(backward.d.gamma, gamma),
            to_tensor<T>(backward.d.beta, gamma),
            eta.defined() ? host_scalar(eta, backward.d.eta) : Tensor(),
            eta_next.defined() ? host_scalar(eta_next, backward.d.eta_next) : Tensor(),
            Tensor()};
}

class StepNode : public torch::autograd::Function<StepNode> {
public:
    using Optional = std::optional<Tensor>;  // autograd takes no undefined tensors

    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& gamma,
                          const Tensor& beta, const Optional& eta_in, const Optional& eta_next_in, Call* call) {
        const Tensor eta = eta_in.value_or(Tensor()), eta_next = eta_next_in.value_or(Tensor());
        auto tape = c10::make_intrusive<Tape>();
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
        Tape& tape = static_cast<Tape&>(*capsule);
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
    const bool is_depthwise_in_double = layer.groups > 1 && x.scalar_type() == torch::kDouble;
    const bool has_type = x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble;
    return settings.granularity == Granularity::kPerTensor && settings.weight_format.word_length <= kByte &&
           settings.input_format.word_length <= kByte && has_type && !is_depthwise_in_double && x.device().is_cpu() &&
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
