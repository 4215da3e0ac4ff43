// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/device_kernels.h"

#include <array>

#include "core/quantization/code_grid.h"
#include "core/quantization/device_launch.h"

namespace f8net {
namespace {

using torch::Tensor;

std::array<const GpuKernels*, c10::COMPILE_TIME_MAX_DEVICE_TYPES>& registered() {
    static std::array<const GpuKernels*, c10::COMPILE_TIME_MAX_DEVICE_TYPES> kernels{};
    return kernels;
}

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

}  // namespace device
}  // namespace f8net
