// SPDX-License-Identifier: Apache-2.0
/// What calls of a device's kernels have in common; of core/quantization alone.
/// Errors   c10::AcceleratorError where a launch fails.   Threads  any; the current stream of the device.
#pragma once

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/torch.h>

#include <string>

#include "core/quantization/device_kernels.h"

namespace f8net::device {

inline const GpuKernels& kernels_of(const torch::Tensor& x) {
    const GpuKernels* const kernels = registered_kernels(x.device().type());
    TORCH_CHECK(kernels, "no kernels are registered for ", x.device());
    return *kernels;
}

inline GpuStream stream_of(const torch::Tensor& x) {
    if (x.device().is_cpu()) return nullptr;
    return c10::impl::VirtualGuardImpl(x.device().type()).getStream(x.device()).native_handle();
}

/// Calls launch(kernels of x's element type, an element of it, stream) on x's device.
template <typename Launch>
void run(const torch::Tensor& x, const Launch& launch) {
    const c10::DeviceGuard guard(x.device());
    const GpuKernels& kernels = kernels_of(x);
    const int code = x.scalar_type() == torch::kDouble ? launch(kernels.of(0.0), 0.0, stream_of(x))
                                                       : launch(kernels.of(0.0f), 0.0f, stream_of(x));
    if (code == 0) return;
    throw c10::AcceleratorError({__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, code,
                                std::string("CUDA error: ") + kernels.describe(code));
}

inline torch::Tensor bytes_like(const torch::Tensor& x, int64_t count) {
    return torch::empty({count}, x.options().dtype(torch::kByte).requires_grad(false));
}

inline torch::Tensor dense(const torch::Tensor& x) {
    return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

/// x's elements in the memory order of `like`, so that one flat sweep fits both.
inline torch::Tensor in_order_of(const torch::Tensor& x, const torch::Tensor& like) {
    return x.strides() == like.strides() ? x : torch::empty_like(like).copy_(x);
}

template <typename T>
const T* data_or_null(const torch::Tensor& x) {
    return x.defined() ? x.const_data_ptr<T>() : nullptr;
}

inline const LengthChoice* choice_of(const torch::Tensor& choice) {
    return static_cast<const LengthChoice*>(choice.const_data_ptr());
}

}  // namespace f8net::device
