// SPDX-License-Identifier: Apache-2.0
#include "core/modules/linear_step.h"

#include <cmath>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/modules/quantized_convolution.h"
#include "core/quantization/code_grid.h"
#include "core/quantization/code_kernels.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/elementwise_kernels.h"
#include "core/quantization/host_tensor.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Codes of a matrix, as planes of one pixel: [rows, columns, 1, 1].
struct CodeMatrix {
    Tensor codes;
    CodeRange range;
    int length = 0;

    int64_t rows() const { return codes.size(0); }
    int64_t columns() const { return codes.size(1); }
    template <typename T>
    CodeGrid<T> grid() const {
        return grid_of<T>(range, length);
    }
    /// Of x, rows * columns values in row-major order; what the codes stand for goes to `values` where it is given.
    template <typename T>
    void quantize(const Tensor& x, int64_t num_rows, T* values) {
        codes =
            Tensor(at::detail::empty_cpu({num_rows, x.numel() / num_rows, 1, 1}, torch::kUInt8, false, std::nullopt));
        quantize_to_bytes<T>(x.const_data_ptr<T>(), values, codes.data_ptr(), x.numel(), grid<T>());
    }
    Tensor values_like(const Tensor& like) const { return host_tensor({rows(), columns()}, like); }
    template <typename T>
    BytesToValues<T> into(Tensor& values) const {
        return {codes.const_data_ptr(), values.mutable_data_ptr<T>(), codes.numel(), grid<T>()};
    }
};

struct Tape : torch::CustomClassHolder {
    CodeMatrix input, weight;
    std::vector<int64_t> input_shape;
    bool needs_input_gradient = true;
    double rescale = 1, pool_scale = 1;
};

/// What forward is given beside autograd's tensors, and gives beside y.
struct Call {
    const LayerQuantization& quantization;
    const WeightRescale& rescale;
    int input_length;
    double pool_scale;
    LinearStep result;
};

template <typename T>
Tensor times_pool_scale(const Tensor& weight, double pool_scale) {
    if (pool_scale == 1) return weight.detach();
    Tensor scaled = host_tensor_like(weight);
    const std::vector<T> gain(static_cast<size_t>(weight.size(0)), static_cast<T>(pool_scale));
    scale_rows<T>(weight.const_data_ptr<T>(), scaled.mutable_data_ptr<T>(), weight.size(0), weight.size(1), gain.data(),
                  T(1), T(1));
    return scaled;
}

/// xq @ Wq^T: exact where the engine has kernels. weight_values: what the weight's codes stand for.
template <typename T>
Tensor product_of(const CodeMatrix& input, const CodeMatrix& weight, const Tensor& weight_values) {
    if constexpr (std::is_same_v<T, float>) {
        Tensor no_bias = host_tensor({weight.rows()}, weight_values);
        std::fill_n(no_bias.mutable_data_ptr<float>(), weight.rows(), 0.0f);
        Tensor product = convolve_codes(input.codes, input.range.is_signed, weight.codes, Window{1, 1, 0}, 1,
                                        std::ldexp(1.0, -input.length - weight.length), no_bias);
        if (product.defined()) return product;
    }
    Tensor input_values = input.values_like(weight_values);
    bytes_to_values<T>({input.into<T>(input_values)});
    return torch::linear(input_values, weight_values);
}

template <typename T>
Tensor forward_as(Call& call, Tape& tape, const Tensor& x, const Tensor& weight, const Tensor& bias, double eta) {
    const int64_t images = x.size(0), out = weight.size(0);
    tape.input.quantize<T>(x, images, nullptr);
    LinearStep& result = call.result;
    result.effective_weight = times_pool_scale<T>(weight, call.pool_scale);
    result.weight_lengths = call.quantization.weight_lengths(result.effective_weight);
    tape.weight.length = result.weight_lengths[0];
    Tensor weight_values = host_tensor_like(weight);
    tape.weight.quantize<T>(result.effective_weight, out, weight_values.mutable_data_ptr<T>());
    const Tensor ws = call.rescale(weight_values);
    tape.rescale = ws.defined() ? value_of(ws) : 1;

    const Tensor product = product_of<T>(tape.input, tape.weight, weight_values);
    Tensor y = host_tensor({images, out}, weight);
    const T scale = static_cast<T>(eta * tape.rescale);
    const T *from = product.const_data_ptr<T>(), *const offset = bias.const_data_ptr<T>();
    T* to = y.mutable_data_ptr<T>();
    for (int64_t n = 0; n < images; ++n, from += out, to += out) {
        for (int64_t o = 0; o < out; ++o) to[o] = from[o] * scale + offset[o];
    }
    return y;
}

/// dy [N, out] times a number, and transposed times another one.
template <typename T>
void scale_both_ways(const Tensor& dy, double by, double transposed_by, Tensor& scaled, Tensor& transposed) {
    const int64_t rows = dy.size(0), columns = dy.size(1);
    const T* from = dy.const_data_ptr<T>();
    T *to = scaled.mutable_data_ptr<T>(), *const across = transposed.mutable_data_ptr<T>();
    for (int64_t n = 0; n < rows; ++n, from += columns, to += columns) {
        for (int64_t o = 0; o < columns; ++o) {
            to[o] = from[o] * static_cast<T>(by);
            across[o * rows + n] = from[o] * static_cast<T>(transposed_by);
        }
    }
}

template <typename T>
Tensor column_sums(const Tensor& dy, const Tensor& like) {
    std::vector<double> sums(static_cast<size_t>(dy.size(1)));
    const T* from = dy.const_data_ptr<T>();
    for (int64_t n = 0; n < dy.size(0); ++n) {
        for (double& sum : sums) sum += static_cast<double>(*from++);
    }
    Tensor out = host_tensor_like(like);
    std::copy(sums.begin(), sums.end(), out.mutable_data_ptr<T>());
    return out;
}

template <typename T>
variable_list backward_as(const Tape& tape, const Tensor& dy_in, const Tensor& weight, const Tensor& bias,
                          const Tensor& eta) {
    const double scale = eta.defined() ? value_of(eta) : 1;
    const Tensor dy = dy_in.contiguous();
    Tensor input = tape.input.values_like(weight), quantized = host_tensor_like(weight);
    bytes_to_values<T>({tape.input.into<T>(input), tape.weight.into<T>(quantized)});
    Tensor scaled = host_tensor_like(dy), transposed = host_tensor({dy.size(1), dy.size(0)}, dy);
    scale_both_ways<T>(dy, tape.rescale, scale * tape.rescale * tape.pool_scale, scaled, transposed);

    Tensor d_weight = at::mm(transposed, input);
    pass_by_code<T>(d_weight.mutable_data_ptr<T>(), nullptr, nullptr, tape.weight.codes.const_data_ptr(),
                    tape.weight.rows(), tape.weight.columns(), tape.weight.grid<T>());
    Tensor d_input, d_eta;
    if (eta.defined() || tape.needs_input_gradient) {
        const Tensor d_read = at::mm(scaled, quantized);  // of eta * xq
        const T *const d = d_read.const_data_ptr<T>(), *const read = input.const_data_ptr<T>();
        if (eta.defined()) {
            double sum = 0;
            for (int64_t i = 0; i < input.numel(); ++i) sum += static_cast<double>(d[i]) * static_cast<double>(read[i]);
            d_eta = host_scalar(eta, sum);
        }
        if (tape.needs_input_gradient) {
            d_input = Tensor(at::detail::empty_cpu(tape.input_shape, weight.scalar_type()));
            T* const to = d_input.mutable_data_ptr<T>();
            for (int64_t i = 0; i < input.numel(); ++i) to[i] = d[i] * static_cast<T>(scale);
            pass_by_code<T>(to, nullptr, nullptr, tape.input.codes.const_data_ptr(), tape.input.rows(),
                            tape.input.columns(), tape.input.grid<T>());
        }
    }
    return {d_input, d_weight, column_sums<T>(dy, bias), d_eta, Tensor()};
}

class LinearNode : public torch::autograd::Function<LinearNode> {
public:
    using Optional = std::optional<Tensor>;  // autograd takes no undefined tensors

    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                          const Optional& eta_in, Call* call) {
        const Tensor eta = eta_in.value_or(Tensor());
        auto tape = c10::make_intrusive<Tape>();
        tape->input_shape = x.sizes().vec();
        tape->needs_input_gradient = x.requires_grad();
        tape->pool_scale = call->pool_scale;
        tape->input.range = call->quantization.input().range();
        tape->input.length = call->input_length;
        tape->weight.range = {call->quantization.settings().weight_format.word_length, true};
        const double scale = eta.defined() ? value_of(eta) : 1;
        Tensor y = weight.scalar_type() == torch::kFloat ? forward_as<float>(*call, *tape, x, weight, bias, scale)
                                                         : forward_as<double>(*call, *tape, x, weight, bias, scale);
        context->save_for_backward({weight, bias, eta});
        context->saved_data["tape"] = c10::IValue::make_capsule(std::move(tape));
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const auto capsule = context->saved_data["tape"].toCapsule();
        const auto& tape = static_cast<const Tape&>(*capsule);
        return saved[0].scalar_type() == torch::kFloat
                   ? backward_as<float>(tape, gradients[0], saved[0], saved[1], saved[2])
                   : backward_as<double>(tape, gradients[0], saved[0], saved[1], saved[2]);
    }
};

}  // namespace

bool can_step_as_one(const LayerQuantization& quantization, const Tensor& x, const Tensor& weight) {
    const QuantizationConfig& settings = quantization.settings();
    constexpr int kByte = 8;
    const bool has_type = x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble;
    return settings.granularity == Granularity::kPerTensor && settings.weight_format.word_length <= kByte &&
           settings.input_format.word_length <= kByte && has_type && x.device().is_cpu() && !has_device_kernels(x) &&
           weight.scalar_type() == x.scalar_type() && x.is_contiguous() && weight.is_contiguous();
}

LinearStep step_as_one(const LayerQuantization& quantization, const LinearParameters& parameters,
                       const WeightRescale& rescale, const Tensor& x, int input_length) {
    Call call{quantization, rescale, input_length, parameters.pool_scale, {}};
    const Tensor& eta = parameters.eta;
    call.result.y = LinearNode::apply(x, parameters.weight, parameters.bias,
                                      eta.defined() ? std::optional(eta) : std::nullopt, &call);
    return std::move(call.result);
}

}  // namespace f8net
