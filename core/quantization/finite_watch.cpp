// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/finite_watch.h"

#include "core/base/error.h"
#include "core/quantization/device_kernels.h"

namespace f8net {

int32_t FiniteWatch::add(std::string tensor) {
    tensors_.push_back(std::move(tensor));
    return static_cast<int32_t>(tensors_.size());
}

void FiniteWatch::to(torch::Device device) {
    note_ = registered_kernels(device.type()) ? torch::zeros({1}, torch::TensorOptions(torch::kInt).device(device))
                                              : torch::Tensor();
}

void FiniteWatch::check() {
    if (!note_.defined()) return;
    const auto noted = static_cast<size_t>(note_.item<int32_t>());
    if (noted == 0) return;
    note_.zero_();
    throw NumericError(tensors_.at(noted - 1) + ": holds a value that is not finite, so no format fits it");
}

}  // namespace f8net
