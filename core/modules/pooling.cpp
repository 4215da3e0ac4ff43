// SPDX-License-Identifier: Apache-2.0
#include "core/modules/pooling.h"

#include <cmath>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"

namespace f8net {

double classifier_pool_scale(const QuantizationConfig& settings, int kernel) {
    return settings.quantize_average_pool && settings.pool_scale == PoolScale::kClassifier ? pool_scale(int64_t{kernel} * kernel)
                                                                                           : 1.0;
}

torch::Tensor final_pool(const torch::Tensor& x, const QuantizationConfig& settings) {
    if (x.dim() != 4 || x.size(2) != x.size(3))
        throw ShapeError("average pool", "a square plane [N, C, k, k]", c10::str(x.sizes()));
    if (!settings.quantize_average_pool) return x.mean({2, 3}, true);
    return x.sum({2, 3}, true).mul(std::ldexp(1.0, -pool_shift(x.size(2) * x.size(3))));
}

}  // namespace f8net
