// SPDX-License-Identifier: Apache-2.0
#include "core/modules/tf32.h"

namespace f8net {

Tf32Scope::Tf32Scope(torch::Device device, bool is_allowed) : is_active_(!device.is_cpu()) {
    if (!is_active_) return;
    at::Context& context = at::globalContext();
    before_convolution_ = context.allowTF32CuDNN();
    before_product_ = context.allowTF32CuBLAS();
    context.setAllowTF32CuDNN(is_allowed);
    context.setAllowTF32CuBLAS(is_allowed);
    context.setBenchmarkCuDNN(false);
}

Tf32Scope::~Tf32Scope() {
    if (!is_active_) return;
    at::globalContext().setAllowTF32CuDNN(before_convolution_);
    at::globalContext().setAllowTF32CuBLAS(before_product_);
}

}  // namespace f8net
