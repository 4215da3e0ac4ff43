// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/device_kernels.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <array>
#include <cstring>
#include <optional>
#include <type_traits>

namespace f8net {
namespace {

using torch::Tensor;

std::array<const GpuKernels*, c10::COMPILE_TIME_MAX_DEVICE_TYPES>& registered() {
    static std::array<const GpuKernels*, c10::COMPILE_TIME_MAX_DEVICE_TYPES> kernels{};
    return kernels;
}

const GpuKernels& kernels_of(const Tensor& x) {
    const GpuKernels* const kernels = registered_kernels(x.device().type());
    TORCH_CHECK(kernels, "no kernels are registered for ", x.device());
    return *kernels;
}

GpuStream stream_of(const Tensor& x) {
    if (x.device().is_cpu()) return nullptr;
    return c10::impl::VirtualGuardImpl(x.device().type()).getStream(x.device()).native_handle();
}

/// Calls launch(kernels of the element type, an element of it, stream) on x's device.
template <typename Launch>
void run(const Tensor& x, const Launch& launch) {
    const c10::DeviceGuard guard(x.device());
    const GpuKernels& kernels = kernels_of(x);
    const int code = x.scalar_type() == torch::kFloat ? launch(kernels.of(0.0f), 0.0f, stream_of(x))
                                                      : launch(kernels.of(0.0), 0.0, stream_of(x));
    if (code == 0) return;
    throw c10::AcceleratorError({__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, code,
                                std::string("CUDA error: ") + kernels.describe(code));
}

Tensor bytes_like(const Tensor& x, int64_t count) {
    return torch::empty({count}, x.options().dtype(torch::kByte).requires_grad(false));
}

Tensor dense(const Tensor& x) {
    return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

/// x's elements in the memory order of `like`, so that one flat sweep fits both.
Tensor in_order_of(const Tensor& x, const Tensor& like) {
    return x.strides() == like.strides() ? x : torch::empty_like(like).copy_(x);
}

template <typename T>
CodeGrid<T> grid_of(CodeRange range, int fractional_length) {
    return CodeGrid<T>::make(fractional_length, static_cast<T>(range.highest()), range.is_signed);
}

template <typename T>
const T* data_or_null(const Tensor& x) {
    return x.defined() ? x.const_data_ptr<T>() : nullptr;
}

/// A choice on its way to the host: what is queued after it need not be waited for.
class Arriving {
public:
    explicit Arriving(const Tensor& choice) {
        if (choice.device().is_cpu()) {
            bytes_ = choice;
            return;
        }
        bytes_ = torch::empty({choice.numel()}, torch::TensorOptions().dtype(torch::kByte).pinned_memory(true));
        bytes_.copy_(choice, /*non_blocking=*/true);
        arrived_.emplace(choice.device().type());
        arrived_->record(c10::impl::VirtualGuardImpl(choice.device().type()).getStream(choice.device()));
    }
    LengthChoice wait() {
        if (arrived_) arrived_->synchronize();
        LengthChoice result;
        std::memcpy(&result, bytes_.const_data_ptr<uint8_t>(), sizeof(result));
        return result;
    }

private:
    Tensor bytes_;
    std::optional<c10::Event> arrived_;
};

}  // namespace

void register_kernels(torch::DeviceType type, const GpuKernels* kernels) {
    registered()[static_cast<size_t>(type)] = kernels;
}

const GpuKernels* registered_kernels(torch::DeviceType type) {
    return registered()[static_cast<size_t>(type)];
}

bool has_device_kernels(const Tensor& x) {
    return registered_kernels(x.device().type()) != nullptr &&
           (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble);
}

namespace device {

Tensor quantize(const Tensor& x_in, CodeRange range, int fractional_length, bool rounds) {
    const Tensor x = dense(x_in);
    Tensor q = torch::empty_like(x);
    run(x, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.quantize(x.const_data_ptr<T>(), q.mutable_data_ptr<T>(), nullptr, x.numel(),
                                grid_of<T>(range, fractional_length), rounds, stream);
    });
    return q;
}

Tensor pass_inside(const Tensor& grad_in, const Tensor& q, CodeRange range, int fractional_length) {
    const Tensor grad = in_order_of(grad_in, q);
    Tensor out = torch::empty_like(q);
    run(q, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.pass_inside(grad.const_data_ptr<T>(), q.const_data_ptr<T>(), out.mutable_data_ptr<T>(),
                                   q.numel(), grid_of<T>(range, fractional_length), stream);
    });
    return out;
}

namespace {

/// Queues the choice for a dense tensor; the result is a LengthChoice in the device's memory.
Tensor queue_choice(const Tensor& x, CodeRange range, bool is_grid_search, Statistic statistic) {
    Tensor choice = bytes_like(x, sizeof(LengthChoice));
    const Tensor workspace = bytes_like(x, kernels_of(x).workspace_bytes(x.numel()));
    auto* const to = static_cast<LengthChoice*>(choice.mutable_data_ptr());
    const int largest = range.word_length - (range.is_signed ? 1 : 0);
    const auto kind = statistic == Statistic::kStd   ? GpuStatistic::kStd
                      : statistic == Statistic::kMae ? GpuStatistic::kMae
                                                     : GpuStatistic::kRms;
    run(x, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        const T* const data = x.const_data_ptr<T>();
        if (is_grid_search) {
            return kernels.choose_by_errors(data, x.numel(), static_cast<T>(range.highest()), range.is_signed,
                                            largest + 1, to, workspace.mutable_data_ptr(), stream);
        }
        return kernels.choose_by_statistic(data, x.numel(), kind, statistic_constant(statistic, range.is_signed),
                                           largest, to, workspace.mutable_data_ptr(), stream);
    });
    return choice;
}

}  // namespace

LengthChoice choose_by_statistic(const Tensor& x, CodeRange range, Statistic statistic) {
    return Arriving(queue_choice(dense(x), range, false, statistic)).wait();
}

LengthChoice choose_by_errors(const Tensor& x, CodeRange range) {
    return Arriving(queue_choice(dense(x), range, true, Statistic::kStd)).wait();
}

std::pair<Tensor, LengthChoice> choose_and_quantize(const Tensor& x_in, CodeRange range, bool is_grid_search,
                                                    Statistic statistic) {
    const Tensor x = dense(x_in);
    const Tensor choice = queue_choice(x, range, is_grid_search, statistic);
    Arriving arriving(choice);
    Tensor q = torch::empty_like(x);
    run(x, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.quantize_as_chosen(x.const_data_ptr<T>(), q.mutable_data_ptr<T>(), nullptr, x.numel(),
                                          static_cast<T>(range.highest()), range.is_signed,
                                          static_cast<const LengthChoice*>(choice.const_data_ptr()), stream);
    });
    return {std::move(q), arriving.wait()};
}

ChannelMoments channel_moments(const Tensor& y) {
    const int64_t channels = y.size(1), num_rows = y.numel() / channels;
    const auto options = y.options().requires_grad(false);
    ChannelMoments moments{torch::empty({channels}, options), torch::empty({channels}, options)};
    const Tensor workspace = bytes_like(y, kernels_of(y).moments_workspace_bytes(num_rows, channels));
    run(y, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.channel_moments(y.const_data_ptr<T>(), num_rows, channels, moments.mean.mutable_data_ptr<T>(),
                                       moments.biased.mutable_data_ptr<T>(), workspace.mutable_data_ptr(), stream);
    });
    return moments;
}

Tensor channel_affine(const Tensor& y, const Tensor& mean, const Tensor& slope, const Tensor& offset) {
    Tensor out = torch::empty_like(y);
    const int64_t channels = y.size(1);
    run(y, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.channel_affine(y.const_data_ptr<T>(), out.mutable_data_ptr<T>(), y.numel() / channels, channels,
                                      mean.const_data_ptr<T>(), slope.const_data_ptr<T>(), offset.const_data_ptr<T>(),
                                      stream);
    });
    return out;
}

Tensor scale_rows(const Tensor& weight, const Tensor& gain, const Tensor& eta, const Tensor& eta_next) {
    Tensor out = torch::empty_like(weight);
    const int64_t rows = weight.size(0);
    run(weight, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.scale_rows(weight.const_data_ptr<T>(), out.mutable_data_ptr<T>(), rows, weight.numel() / rows,
                                  data_or_null<T>(gain), data_or_null<T>(eta), data_or_null<T>(eta_next), stream);
    });
    return out;
}

}  // namespace device
}  // namespace f8net
