// SPDX-License-Identifier: Apache-2.0
#include "core/modules/conv_batch_norm_backward.h"

#include <optional>
#include <vector>

#include "core/fixedpoint/channel_fold.h"
#include "core/modules/clipped_weights.h"
#include "core/modules/convolution.h"
#include "core/modules/skipped_pixels.h"
#include "core/modules/step_part.h"
#include "core/quantization/channel_kernels.h"
#include "core/quantization/code_kernels.h"
#include "core/quantization/elementwise_kernels.h"

namespace f8net {
namespace {

using torch::Tensor;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

ChannelGradients unfold(const ConvBatchNormTape& tape, const std::vector<double>& products,
                        const std::vector<double>& db, double eta, double eta_next) {
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
    FirstOutputGradient(const ConvBatchNormTape& tape, const ChannelGradients& d, double eta) {
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
    Backward(ConvBatchNormTape& tape, const Tensor& dy, const Tensor& weight, double eta, double eta_next)
        : tape_(tape),
          dy_(dy.contiguous(kRows)),
          weight_(weight),
          eta_(eta),
          eta_next_(eta_next),
          channels_(weight.size(0)),
          input_grid_(tape.input_grid<T>()),
          weight_grid_(tape.weight_grid<T>()) {}

    void run() {
        if (tape_.layer.is_depthwise()) return as_depthwise();
        const int64_t few = weight_.numel() / 64;
        const auto clipped = tape_.first_output.defined()
                                 ? find_clipped_weights(tape_.weight_codes, tape_.weight_range, few)
                                 : std::nullopt;
        // Where both weight gradients are one convolution, both input gradients are one, too.
        const bool as_pair = clipped && tape_.needs_input_gradient;
        expand_codes(as_pair, !clipped);
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
    /// What is asked for of the two.
    ConvolutionGradients convolve_back(const Tensor& gradient, const Tensor& w, bool input, bool weight) const {
        return convolution_gradients(gradient, read_, w, tape_.window, tape_.layer.groups,
                                     input && tape_.needs_input_gradient, weight);
    }

    /// gain * eta / eta_next: d We to d W.
    std::vector<T> weight_factors() const {
        std::vector<T> factors;
        for (const ChannelFold& channel : tape_.channels)
            factors.push_back(static_cast<T>(channel.weight_factor(eta_, eta_next_)));
        return factors;
    }

    /// What the codes stand for: the input's; of the weight `both`, those of the second convolution and behind them
    /// those of the first, [2 * out, in, kh, kw], or the `second` alone, or none.
    void expand_codes(bool both, bool second) {
        const StepPart part("backward, quantize");
        read_ = host_tensor_like(tape_.input_codes, weight_.scalar_type());
        const BytesToValues<T> input{tape_.input_codes.const_data_ptr(), read_.mutable_data_ptr<T>(), read_.numel(),
                                     input_grid_};
        if (!both && !second) return bytes_to_values<T>({input});
        std::vector<int64_t> sizes = weight_.sizes().vec();
        if (both) sizes[0] *= 2;
        weights_ = Tensor(at::detail::empty_cpu(sizes, weight_.scalar_type(), /*pin_memory=*/false, kRows));
        T* const data = weights_.mutable_data_ptr<T>();
        bytes_to_values<T>({input, {tape_.weight_codes.const_data_ptr(), data, weight_.numel(), weight_grid_}});
        if (both) std::copy_n(weight_.const_data_ptr<T>(), weight_.numel(), data + weight_.numel());
    }

    /// The weight is dense in channels_last (can_step_as_one).
    Tensor in_layout_of_weight(const Tensor& gradient) const {
        if (!gradient.is_contiguous(kRows)) return host_tensor_like(weight_).copy_(gradient);
        // Where a weight has one input channel or one pixel, several strides say this order; who averages gradients
        // over ranks wants those of the parameter.
        gradient.unsafeGetTensorImpl()->set_sizes_and_strides(weight_.sizes(), weight_.strides());
        return gradient;
    }

    /// The weight gradients of both convolutions are one convolution of their merged output gradients, but where a
    /// weight is clipped: there the second's is taken out again. Its products with the weight, which the statistics'
    /// gradient needs first, are those of dy with y0.
    void as_one_weight_gradient(std::vector<ClippedWeight> clipped) {
        Tensor& y0 = tape_.first_output;
        const std::vector<T> factors = weight_factors();
        // For the input gradients: the output gradients side by side.
        const bool as_pair = weights_.defined();
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
            d_weight = in_layout_of_weight(convolve_back(merged, weight_, false, true).weight);
            T* data = d_weight.mutable_data_ptr<T>();
            for (const ClippedWeight& each : clipped)
                data[each.offset] -= factors[static_cast<size_t>(each.out)] * static_cast<T>(each.gradient);
        }
        if (!as_pair) return;
        const StepPart part("backward, input gradients");
        merged.reset();
        d_read_ = convolve_back(pair, weights_, true, false).input;
    }

    void as_two_weight_gradients() {
        std::vector<double> db(tape_.channels.size()), products(tape_.channels.size());
        ConvolutionGradients second;
        {
            const StepPart part("backward, convolution 2");
            second = convolve_back(dy_, weights_, true, true);
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
        const ConvolutionGradients first = convolve_back(y0, weight_, true, true);
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

    /// The weight gradients of both convolutions, so that none has to be taken out of their sum; y0 is nowhere needed
    /// as a tensor.
    void as_depthwise() {
        const DepthwiseShape shape = tape_.depthwise_shape();
        const void* const codes = tape_.input_codes.const_data_ptr();
        const T *const dy = dy_.const_data_ptr<T>(), *const weight = weight_.const_data_ptr<T>();
        const int64_t taps = weight_.numel() / channels_;
        std::vector<double> second(static_cast<size_t>(weight_.numel())), first(second.size());
        {
            const StepPart part("backward, weight gradients");
            std::vector<double> db(tape_.channels.size()), products(tape_.channels.size());
            depthwise_weight_gradient<T>(shape, codes, input_grid_, dy, second.data(), db.data());
            const auto* const weight_codes = static_cast<const int8_t*>(tape_.weight_codes.const_data_ptr());
            for (size_t i = 0; i < second.size(); ++i) {
                if (!weight_grid_.passes(weight_codes[i])) second[i] = 0;
                products[i / static_cast<size_t>(taps)] += second[i] * static_cast<double>(weight[i]);
            }
            d = unfold(tape_, products, db, eta_, eta_next_);
        }
        {
            const StepPart part("backward, input gradients");
            const FirstOutputGradient<T> through(tape_, d, eta_);
            const Tensor quantized_weight = as_values<T>(tape_.weight_codes, weight_grid_);
            d_input = host_tensor_like(tape_.input_codes, weight_.scalar_type());
            depthwise_gradients<T>(shape, codes, input_grid_, dy, weight, quantized_weight.const_data_ptr<T>(),
                                   {through.mean.data(), through.slope.data(), through.offset.data()},
                                   d_input.mutable_data_ptr<T>(), first.data());
        }
        d_weight = host_tensor_like(weight_);
        T* const d_data = d_weight.mutable_data_ptr<T>();
        for (size_t i = 0; i < first.size(); ++i) {
            const ChannelFold& channel = tape_.channels[i / static_cast<size_t>(taps)];
            d_data[i] = static_cast<T>(second[i] * channel.weight_factor(eta_, eta_next_) + first[i]);
        }
    }

    void pass_to_input() {
        const StepPart part("backward, quantize");
        d_input = d_read_.contiguous(kRows);
        const Tensor other = other_d_read_.defined() ? other_d_read_.contiguous(kRows) : other_d_read_;
        pass_by_code<T>(d_input.mutable_data_ptr<T>(), other.defined() ? other.const_data_ptr<T>() : nullptr,
                        offset_.empty() ? nullptr : offset_.data(), tape_.input_codes.const_data_ptr(),
                        d_input.numel() / d_input.size(1), d_input.size(1), input_grid_);
        const Window& window = tape_.layer.window;
        if (skips_pixels(window)) d_input = scatter_pixels(d_input, tape_.input_shape, window.stride);
    }

    ConvBatchNormTape& tape_;
    Tensor dy_, weight_;
    double eta_, eta_next_;
    int64_t channels_;
    CodeGrid<T> input_grid_, weight_grid_;
    Tensor read_, weights_;         // what codes stand for
    Tensor d_read_, other_d_read_;  // of the second convolution, and of the first where it was computed
    std::vector<T> offset_;         // of d_read_, per channel, still to be added
};

}  // namespace

template <typename T>
LayerGradients layer_gradients(ConvBatchNormTape& tape, const Tensor& dy, const Tensor& weight, double eta,
                               double eta_next) {
    Backward<T> backward(tape, dy, weight, eta, eta_next);
    backward.run();
    return {std::move(backward.d_input), std::move(backward.d_weight), std::move(backward.d)};
}
template LayerGradients layer_gradients<float>(ConvBatchNormTape&, const Tensor&, const Tensor&, double, double);
template LayerGradients layer_gradients<double>(ConvBatchNormTape&, const Tensor&, const Tensor&, double, double);

}  // namespace f8net
