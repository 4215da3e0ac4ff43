// SPDX-License-Identifier: Apache-2.0
#include "core/modules/tf32.h"

#include <algorithm>

#include "core/modules/simulated_integer.h"

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

bool is_exact_in_tf32(int64_t terms, double highest_input_code, double highest_weight_code) {
    constexpr double kElevenBits = 2047;
    return std::max(highest_input_code, highest_weight_code) <= kElevenBits &&
           static_cast<double>(terms) * highest_input_code * highest_weight_code < kFloat32Exact;
}

Tf32ForCodes::Tf32ForCodes(torch::Device device, const Layer& layer, CodeRange input, CodeRange weight) {
    const int64_t terms = int64_t{1} * layer.in_channels / layer.groups * layer.window.kernel * layer.window.kernel;
    if (is_exact_in_tf32(terms, input.highest(), weight.highest())) scope_.emplace(device, true);
}

}  // namespace f8net
