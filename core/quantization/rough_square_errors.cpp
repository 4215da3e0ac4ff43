// SPDX-License-Identifier: Apache-2.0
// Compiled with fused multiply-add: sums that are rough by contract have their bound with it or without, and their
// passes, which it spares a third of the operations, keep up with memory.
#include "core/quantization/error_sums.h"
#include "core/quantization/square_errors.h"

namespace f8net {

namespace {

template <template <typename> class Grids, int kCount>
RoughErrors<kCount> rough_errors(const float* x, int64_t n, double highest, bool is_signed, int first) {
    const auto sums = sum_over_parts<Grids, kCount, float>(x, n, highest, is_signed, first);
    RoughErrors<kCount> errors;
    std::copy_n(sums.begin(), kCount, errors.sums.begin());
    errors.below = sums.back();
    return errors;
}

}  // namespace

RoughErrors<kLengthsPerPass> rough_square_errors(const float* x, int64_t n, double highest, bool is_signed) {
    return rough_errors<ErrorGrids, kLengthsPerPass>(x, n, highest, is_signed, 0);
}

WindowErrors rough_window_errors(const float* x, int64_t n, double highest, bool is_signed, int first) {
    return rough_errors<ErrorWindow, ErrorWindow<float>::kSums>(x, n, highest, is_signed, first);
}

}  // namespace f8net
