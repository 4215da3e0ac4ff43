// SPDX-License-Identifier: Apache-2.0
#include "core/modules/simulated_integer.h"

#include <algorithm>
#include <cmath>

#include "core/fixedpoint/clip_scale.h"

namespace f8net {
namespace {

using torch::Tensor;

constexpr double kInt32Highest = 2147483647.0;

StoredTensor shifted_left(const StoredTensor& x, int fractional_length) {
    const double factor = std::ldexp(1.0, fractional_length - x.fractional_length);
    if (factor == 1) return x;
    const double bound = x.bound * factor;
    return {as_exact(x.stored, bound) * factor, fractional_length, bound};
}

}  // namespace

Tensor as_exact(const Tensor& x, double bound) {
    return x.to(bound < kFloat32Exact && x.scalar_type() != torch::kDouble ? torch::kFloat : torch::kDouble);
}

StoredTensor requantize(const StoredTensor& x, CodeRange range, int fractional_length) {
    // A power of two scales exactly, and round() is half to even. Codes always fit float32.
    const Tensor codes = (x.stored * std::ldexp(1.0, fractional_length - x.fractional_length))
                             .round_()
                             .clamp_(range.lowest(), range.highest());
    return {codes.to(torch::kFloat), fractional_length, range.highest()};
}

StoredTensor compensated(StoredTensor x, int shift) {
    x.fractional_length -= shift;
    return x;
}

StoredTensor add_streams(const StoredTensor& a, const StoredTensor& b) {
    const int fractional_length = std::max(a.fractional_length, b.fractional_length);
    const StoredTensor x = shifted_left(a, fractional_length), y = shifted_left(b, fractional_length);
    const double bound = x.bound + y.bound;
    Tensor sum = as_exact(x.stored, bound) + as_exact(y.stored, bound);
    if (bound > kInt32Highest) sum = sum.clamp_(-kInt32Highest, kInt32Highest);
    return {sum, fractional_length, std::min(bound, kInt32Highest)};
}

StoredTensor relu(const StoredTensor& x) {
    return {x.stored.relu(), x.fractional_length, x.bound};
}

StoredTensor max_pool(const StoredTensor& x, int kernel, int stride, int padding) {
    // Padding with zero equals padding with nothing: the pool reads non-negative accumulators or their codes clip at
    // zero.
    const Tensor padded = torch::constant_pad_nd(x.stored, {padding, padding, padding, padding}, 0);
    return {torch::max_pool2d(padded, kernel, stride), x.fractional_length, x.bound};
}

StoredTensor sum_pool(const StoredTensor& x) {
    const double bound = x.bound * static_cast<double>(x.stored.size(2) * x.stored.size(3));
    return {as_exact(x.stored, bound).sum({2, 3}, true),
            x.fractional_length + pool_shift(x.stored.size(2) * x.stored.size(3)), bound};
}

StoredTensor average_pool(const StoredTensor& x, CodeRange range, int fractional_length) {
    const auto pixels = static_cast<double>(x.stored.size(2) * x.stored.size(3));
    const Tensor sum = x.stored.to(torch::kDouble).sum({2, 3}, true);
    // One correctly rounded division in float64: inside the code range the quotient is never closer to a tie than it
    // can tell.
    const Tensor codes = (sum / (pixels * std::ldexp(1.0, x.fractional_length - fractional_length)))
                             .round_()
                             .clamp_(range.lowest(), range.highest());
    return {codes.to(torch::kFloat), fractional_length, range.highest()};
}

}  // namespace f8net
