// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/rectifier.h"

#include <array>
#include <optional>

#include "core/quantization/device_launch.h"
#include "core/quantization/host_tensor.h"
#include "core/quantization/rectifier_kernels.h"

namespace f8net {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

bool has_kernels(const Tensor& x) {
    const bool is_real = x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble;
    return has_device_kernels(x) || (x.device().is_cpu() && is_real);
}

/// In which order a flat sweep goes through x; empty where it is not dense.
std::optional<at::MemoryFormat> order_of(const Tensor& x) {
    if (x.is_contiguous(kRows)) return kRows;
    return x.is_contiguous() ? std::optional(at::MemoryFormat::Contiguous) : std::nullopt;
}

Tensor uninitialized(const Tensor& like, at::IntArrayRef sizes, torch::ScalarType type, at::MemoryFormat order) {
    if (like.device().is_cpu()) return Tensor(at::detail::empty_cpu(sizes, type, /*pin_memory=*/false, order));
    return torch::empty(sizes, like.options().dtype(type).requires_grad(false), order);
}

/// launch(kernels, element, stream) where x is on a device with kernels, else compute(element).
template <typename Launch, typename Compute>
void dispatch(const Tensor& x, const Launch& launch, const Compute& compute) {
    if (has_device_kernels(x)) {
        device::run(x, launch);
    } else if (x.scalar_type() == torch::kFloat) {
        compute(0.0f);
    } else {
        compute(0.0);
    }
}

/// Into `out`, which may be a; `passing` may be undefined.
void rectify_into(Tensor& out, Tensor& passing, const Tensor& a, const Tensor& b) {
    auto* const bits = passing.defined() ? passing.mutable_data_ptr<uint8_t>() : nullptr;
    dispatch(
        a,
        [&](const auto& kernels, auto element, GpuStream stream) {
            using T = decltype(element);
            return kernels.rectify(a.const_data_ptr<T>(), device::data_or_null<T>(b), out.mutable_data_ptr<T>(), bits,
                                   a.numel(), stream);
        },
        [&](auto element) {
            using T = decltype(element);
            rectify<T>(a.const_data_ptr<T>(), device::data_or_null<T>(b), out.mutable_data_ptr<T>(), bits, a.numel());
        });
}

class ReluOfSum : public torch::autograd::Function<ReluOfSum> {
public:
    using Optional = std::optional<Tensor>;  // autograd takes no undefined tensors

    static Tensor forward(AutogradContext* context, const Tensor& a, const Optional& b, at::MemoryFormat order,
                          bool keeps_mask, bool in_place) {
        Tensor out = in_place ? a : uninitialized(a, a.sizes(), a.scalar_type(), order), passing;
        if (keeps_mask)
            passing = uninitialized(a, {bytes_of_bits(a.numel())}, torch::kByte, at::MemoryFormat::Contiguous);
        rectify_into(out, passing, a, b.value_or(Tensor()));
        if (in_place) context->mark_dirty({a});
        context->save_for_backward({passing});
        context->saved_data["order"] = static_cast<int64_t>(order);
        context->saved_data["is_sum"] = b.has_value();
        return out;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const Tensor passing = context->get_saved_variables()[0];
        const Tensor passed = passing.defined() ? masked(gradients[0], passing, context) : gradients[0];
        return {passed, context->saved_data["is_sum"].toBool() ? passed : Tensor(), Tensor(), Tensor(), Tensor()};
    }

private:
    static Tensor masked(const Tensor& gradient, const Tensor& passing, AutogradContext* context) {
        const auto order = static_cast<at::MemoryFormat>(context->saved_data["order"].toInt());
        const Tensor dense = gradient.contiguous(order);
        Tensor passed = uninitialized(dense, dense.sizes(), dense.scalar_type(), order);
        const auto* const bits = passing.const_data_ptr<uint8_t>();
        dispatch(
            dense,
            [&](const auto& kernels, auto element, GpuStream stream) {
                using T = decltype(element);
                return kernels.pass_by_bits(dense.const_data_ptr<T>(), bits, passed.mutable_data_ptr<T>(),
                                            dense.numel(), stream);
            },
            [&](auto element) {
                using T = decltype(element);
                pass_by_bits<T>(dense.const_data_ptr<T>(), bits, passed.mutable_data_ptr<T>(), dense.numel());
            });
        return passed;
    }
};

PoolWindows pool_windows(at::IntArrayRef input, int64_t kernel, int64_t stride, int64_t padding) {
    const auto size = [&](int64_t in) { return (in + 2 * padding - kernel) / stride + 1; };
    return {input[0],
            input[2],
            input[3],
            input[1],
            size(input[2]),
            size(input[3]),
            static_cast<int>(kernel),
            static_cast<int>(stride),
            static_cast<int>(padding)};
}

class MaxPoolOfRelu : public torch::autograd::Function<MaxPoolOfRelu> {
public:
    static Tensor forward(AutogradContext* context, const Tensor& x, int64_t kernel, int64_t stride, int64_t padding) {
        const PoolWindows windows = pool_windows(x.sizes(), kernel, stride, padding);
        const std::array<int64_t, 4> sizes = {x.size(0), x.size(1), windows.out_height, windows.out_width};
        Tensor out = uninitialized(x, sizes, x.scalar_type(), kRows);
        Tensor winners = uninitialized(x, sizes, torch::kByte, kRows);
        auto* const places = winners.mutable_data_ptr<uint8_t>();
        dispatch(
            x,
            [&](const auto& kernels, auto element, GpuStream stream) {
                using T = decltype(element);
                return kernels.rectified_max_pool(x.const_data_ptr<T>(), out.mutable_data_ptr<T>(), places, windows,
                                                  stream);
            },
            [&](auto element) {
                using T = decltype(element);
                rectified_max_pool<T>(x.const_data_ptr<T>(), out.mutable_data_ptr<T>(), places, windows);
            });
        context->save_for_backward({winners});
        context->saved_data["sizes"] = x.sizes();
        context->saved_data["window"] = std::vector<int64_t>{kernel, stride, padding};
        return out;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const Tensor gradient = gradients[0].contiguous(kRows), winners = context->get_saved_variables()[0];
        const auto sizes = context->saved_data["sizes"].toIntVector();
        const auto window = context->saved_data["window"].toIntVector();
        const PoolWindows windows = pool_windows(sizes, window[0], window[1], window[2]);
        Tensor passed = uninitialized(gradient, sizes, gradient.scalar_type(), kRows);
        const auto* const places = winners.const_data_ptr<uint8_t>();
        dispatch(
            gradient,
            [&](const auto& kernels, auto element, GpuStream stream) {
                using T = decltype(element);
                return kernels.pass_to_winners(gradient.const_data_ptr<T>(), places, passed.mutable_data_ptr<T>(),
                                               windows, stream);
            },
            [&](auto element) {
                using T = decltype(element);
                pass_to_winners<T>(gradient.const_data_ptr<T>(), places, passed.mutable_data_ptr<T>(), windows);
            });
        return {passed, Tensor(), Tensor(), Tensor()};
    }
};

}  // namespace

Tensor relu_of_sum(const Tensor& a, const Tensor& b, ReluMask mask, bool in_place) {
    const auto order = order_of(a);
    if (!has_kernels(a) || !order || (b.defined() && (b.sizes() != a.sizes() || b.scalar_type() != a.scalar_type())))
        return b.defined() ? (a + b).relu() : a.relu();
    const Tensor added = b.defined() ? b.contiguous(*order) : b;
    const bool has_gradient =
        torch::GradMode::is_enabled() && (a.requires_grad() || (added.defined() && added.requires_grad()));
    const bool needs_node = has_gradient && (mask == ReluMask::kOwn || added.defined() || !in_place);
    if (needs_node) {
        return ReluOfSum::apply(a, added.defined() ? std::optional(added) : std::nullopt, *order,
                                mask == ReluMask::kOwn, in_place);
    }
    Tensor out = in_place ? a : uninitialized(a, a.sizes(), a.scalar_type(), *order), no_bits;
    rectify_into(out, no_bits, a, added);
    if (in_place) a.unsafeGetTensorImpl()->bump_version();
    return out;
}

Tensor max_pool_of_relu(const Tensor& x, int64_t kernel, int64_t stride, int64_t padding) {
    const bool is_in_rows = x.dim() == 4 && x.is_contiguous(kRows);
    if (!has_kernels(x) || !is_in_rows || kernel * kernel > PoolWindows::kMostPlaces)
        return torch::max_pool2d(x, kernel, stride, padding).relu();
    return MaxPoolOfRelu::apply(x, kernel, stride, padding);
}

}  // namespace f8net
