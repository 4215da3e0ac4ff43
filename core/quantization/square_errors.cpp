// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/square_errors.h"

#include "core/quantization/error_sums.h"

namespace f8net {

template <typename T>
SquareErrors square_errors(const T* x, int64_t n, double highest, bool is_signed, int first) {
    const auto sums = sum_over_parts<ErrorGrids, kLengthsPerPass, double>(x, n, highest, is_signed, first);
    SquareErrors errors;
    for (size_t k = 0; k < errors.size(); ++k) errors[k] = sums[k] + sums.back();
    return errors;
}
template SquareErrors square_errors(const float*, int64_t, double, bool, int);
template SquareErrors square_errors(const double*, int64_t, double, bool, int);

}  // namespace f8net
