// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/fake_quantize.h"

#include <cmath>
#include <string>

#include "core/base/error.h"
#include "core/quantization/code_grid.h"
#include "core/quantization/device_kernels.h"
#include "core/quantization/device_lengths.h"
#include "core/quantization/elementwise_kernels.h"
#include "core/quantization/host_tensor.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool is_dense_on_cpu(const Tensor& x) {
    return x.device().is_cpu() && x.is_non_overlapping_and_dense() &&
           (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble);
}

template <typename T>
void quantize_buffer(const Tensor& x, Tensor& q, const CodeGrid<T>& grid, bool rounds) {
    if (rounds) {
        quantize_values<T>(x.const_data_ptr<T>(), q.mutable_data_ptr<T>(), x.numel(), grid);
    } else {
        clip_values<T>(x.const_data_ptr<T>(), q.mutable_data_ptr<T>(), x.numel(), grid);
    }
}

Tensor quantize_forward(const Tensor& x, CodeRange range, const FractionalLengths& lengths, int64_t axis, bool rounds) {
    if (lengths.size() == 1 && range.word_length <= kLongestGridWord && has_device_kernels(x))
        return device::quantize(x, range, lengths[0], rounds);
    if (lengths.size() == 1 && range.word_length <= kLongestGridWord && is_dense_on_cpu(x)) {
        Tensor q = host_tensor_like(x);
        if (x.scalar_type() == torch::kFloat) {
            quantize_buffer(x, q, grid_of<float>(range, lengths[0]), rounds);
        } else {
            quantize_buffer(x, q, grid_of<double>(range, lengths[0]), rounds);
        }
        return q;
    }
    const Tensor scale = power_of_two(lengths, axis, x.dim(), x.options());
    Tensor r = x * scale;
    if (rounds) r = r.round_();
    return r.clamp_(range.lowest(), range.highest()).div_(scale);
}

Tensor quantize_backward(const Tensor& grad, const Tensor& q, CodeRange range, const FractionalLengths& lengths,
                         int64_t axis) {
    if (lengths.size() == 1 && range.word_length <= kLongestGridWord && has_device_kernels(q))
        return device::pass_inside(grad, q, range, lengths[0]);
    if (lengths.size() == 1 && is_dense_on_cpu(q) && grad.device().is_cpu() && grad.scalar_type() == q.scalar_type()) {
        // Same memory order as q, so that one flat sweep fits both.
        const Tensor dense = grad.strides() == q.strides() ? grad : torch::empty_like(q).copy_(grad);
        Tensor out = host_tensor_like(q);
        if (q.scalar_type() == torch::kFloat) {
            pass_inside<float>(dense.const_data_ptr<float>(), q.const_data_ptr<float>(), out.mutable_data_ptr<float>(),
                               q.numel(), grid_of<float>(range, lengths[0]));
        } else {
            pass_inside<double>(dense.const_data_ptr<double>(), q.const_data_ptr<double>(),
                                out.mutable_data_ptr<double>(), q.numel(), grid_of<double>(range, lengths[0]));
        }
        return out;
    }
    const Tensor code = q * power_of_two(lengths, axis, q.dim(), q.options());
    return grad * (code > range.lowest()).logical_and_(code < range.highest());
}

class FakeQuantize : public torch::autograd::Function<FakeQuantize> {
public:
    static Tensor forward(AutogradContext* context, const Tensor& x, int64_t word_length, bool is_signed,
                          const std::vector<int64_t>& lengths, int64_t axis, bool rounds) {
        const CodeRange range{static_cast<int>(word_length), is_signed};
        Tensor q = quantize_forward(x, range, FractionalLengths(lengths.begin(), lengths.end()), axis, rounds);
        context->saved_data["word_length"] = word_length;
        context->saved_data["is_signed"] = is_signed;
        context->saved_data["lengths"] = lengths;
        context->saved_data["axis"] = axis;
        context->save_for_backward({q});
        return q;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const auto lengths = context->saved_data["lengths"].toIntVector();
        const CodeRange range{static_cast<int>(context->saved_data["word_length"].toInt()),
                              context->saved_data["is_signed"].toBool()};
        const Tensor q = context->get_saved_variables()[0];
        Tensor grad = quantize_backward(gradients[0], q, range, FractionalLengths(lengths.begin(), lengths.end()),
                                        context->saved_data["axis"].toInt());
        return {grad, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

class PassByCode : public torch::autograd::Function<PassByCode> {
public:
    static Tensor forward(AutogradContext* context, const Tensor&, const Tensor& quantized, const Tensor& codes,
                          int64_t word_length, bool is_signed) {
        context->saved_data["word_length"] = word_length;
        context->saved_data["is_signed"] = is_signed;
        context->save_for_backward({codes});
        return quantized;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const CodeRange range{static_cast<int>(context->saved_data["word_length"].toInt()),
                              context->saved_data["is_signed"].toBool()};
        const Tensor codes = context->get_saved_variables()[0];
        Tensor passed = torch::empty_like(codes, gradients[0].options()).copy_(gradients[0]);
        device::pass_by_code(passed, {}, codes, range);
        return {passed, Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

Tensor apply(const Tensor& x, CodeRange range, const FractionalLengths& lengths, int64_t axis, bool rounds) {
    if (range.word_length < 2 || range.word_length > 32) {
        throw ConfigError("fake_quantize: word length is " + std::to_string(range.word_length) + ", expected 2 to 32");
    }
    if (lengths.empty() ||
        (lengths.size() > 1 && (axis >= x.dim() || x.size(axis) != static_cast<int64_t>(lengths.size())))) {
        throw ShapeError("fake_quantize", "one fractional length, or one per channel of " + c10::str(x.sizes()),
                         std::to_string(lengths.size()) + " lengths along dimension " + std::to_string(axis));
    }
    if (!(torch::GradMode::is_enabled() && x.requires_grad())) return quantize_forward(x, range, lengths, axis, rounds);
    return FakeQuantize::apply(x, int64_t{range.word_length}, range.is_signed,
                               std::vector<int64_t>(lengths.begin(), lengths.end()), axis, rounds);
}

}  // namespace

double CodeRange::highest() const {
    return std::ldexp(1.0, word_length - (is_signed ? 1 : 0)) - 1;
}
double CodeRange::lowest() const {
    return is_signed ? -highest() : 0.0;
}

Tensor fake_quantize(const Tensor& x, CodeRange range, const FractionalLengths& fractional_length,
                     int64_t channel_axis) {
    return apply(x, range, fractional_length, channel_axis, true);
}

Tensor fake_clip(const Tensor& x, CodeRange range, const FractionalLengths& fractional_length, int64_t channel_axis) {
    return apply(x, range, fractional_length, channel_axis, false);
}

Tensor with_gradient_by_code(const Tensor& x, const Tensor& quantized, const Tensor& codes, CodeRange range) {
    if (!(torch::GradMode::is_enabled() && x.requires_grad())) return quantized;
    return PassByCode::apply(x, quantized, codes, int64_t{range.word_length}, range.is_signed);
}

Tensor power_of_two(const FractionalLengths& lengths, int64_t axis, int64_t dimensions,
                    const torch::TensorOptions& like) {
    const auto options = like.requires_grad(false);
    if (lengths.size() == 1) return torch::scalar_tensor(std::ldexp(1.0, lengths[0]), options);
    Tensor powers = torch::empty({static_cast<int64_t>(lengths.size())}, torch::kDouble);
    for (size_t i = 0; i < lengths.size(); ++i) powers.data_ptr<double>()[i] = std::ldexp(1.0, lengths[i]);
    std::vector<int64_t> shape(static_cast<size_t>(dimensions), 1);
    shape[static_cast<size_t>(axis)] = static_cast<int64_t>(lengths.size());
    return powers.to(options.device(), c10::typeMetaToScalarType(options.dtype())).view(shape);
}

}  // namespace f8net
