// SPDX-License-Identifier: Apache-2.0
/// Tensors for kernels of our own on a CPU, made without a call of LibTorch's operators: a training step makes a
/// thousand. Shapes   as said; memory is not initialized.   Threads  pure.
#pragma once

#include <ATen/EmptyTensor.h>
#include <torch/torch.h>

namespace f8net {

/// Sizes and strides of `like`, which is dense; its type or another one.
inline torch::Tensor host_tensor_like(const torch::Tensor& like, torch::ScalarType type) {
    return torch::Tensor(at::detail::empty_strided_cpu(like.sizes(), like.strides(), type));
}
inline torch::Tensor host_tensor_like(const torch::Tensor& like) {
    return host_tensor_like(like, like.scalar_type());
}

/// Row-major, of the type of `like`.
inline torch::Tensor host_tensor(torch::IntArrayRef sizes, const torch::Tensor& like) {
    return torch::Tensor(at::detail::empty_cpu(sizes, like.scalar_type()));
}

/// 0-D, of the type of `like`.
inline torch::Tensor host_scalar(const torch::Tensor& like, double value) {
    torch::Tensor scalar(at::detail::empty_cpu(at::IntArrayRef(), like.scalar_type()));
    if (like.scalar_type() == torch::kFloat) {
        *scalar.mutable_data_ptr<float>() = static_cast<float>(value);
    } else {
        *scalar.mutable_data_ptr<double>() = value;
    }
    return scalar;
}
/// Of a 0-D tensor in this process's memory.
inline double value_of(const torch::Tensor& scalar) {
    return scalar.scalar_type() == torch::kFloat ? static_cast<double>(*scalar.const_data_ptr<float>())
                                                 : *scalar.const_data_ptr<double>();
}

}  // namespace f8net
