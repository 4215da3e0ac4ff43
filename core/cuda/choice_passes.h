// SPDX-License-Identifier: Apache-2.0
/// The passes that choose a format: what a thread sums up over its elements, and what follows from the whole sum.
/// Arithmetic core/fixedpoint/arithmetic.h.   Source   method.md 2.   Threads  pure, host and device.
#pragma once

#include "core/cuda/kernels.h"
#include "core/cuda/sum_order.h"

namespace f8net {

/// Of a part, as any of these passes leaves them in the workspace.
using LargestPartialSums = PartialSums<kLengthsPerPass + 1>;

/// Sum and sum of squares, or the sum of magnitudes, in float64.
template <typename T>
struct StatisticPass {
    static constexpr int kCount = 2;
    const T* x;
    int64_t n;
    GpuStatistic statistic;
    double limit;
    int largest;

    F8NET_ELEMENTWISE int64_t num_parts() const { return num_sum_parts(n); }
    F8NET_ELEMENTWISE bool is_needed(const LengthChoice*) const { return true; }

    F8NET_ELEMENTWISE PartialSums<kCount> of_thread(int64_t part, int thread) const {
        Sums sums;
        if (statistic == GpuStatistic::kMae) {
            for_elements_of_thread(x, n, part, thread,
                                   [&](T value) { sums.sum += std::fabs(static_cast<double>(value)); });
        } else {
            for_elements_of_thread(x, n, part, thread, [&](T value) { sums.add(static_cast<double>(value)); });
        }
        return {{sums.sum, sums.sum_of_squares}};
    }

    F8NET_ELEMENTWISE void finish(const PartialSums<kCount>& total, LengthChoice* choice) const {
        Sums sums;
        sums.sum = total.values[0];
        sums.sum_of_squares = total.values[1];
        const auto count = static_cast<double>(n);
        choice->value = statistic == GpuStatistic::kMae   ? sums.mean(count)
                        : statistic == GpuStatistic::kRms ? sums.root_mean_square(count)
                                                          : sums.deviation(count);
        choice->length = length_from_statistic(choice->value, limit, largest);
        choice->is_clear = 1;
    }
};

/// Square errors of all lengths. Real: float is fast and decides where the errors are clearly apart; double decides the
/// rest, and everything of double tensors. What all lengths share is summed apart: it is large and would hide how they
/// differ.
template <typename T, typename Real, bool kSigned>
struct ErrorsPass {
    static constexpr int kCount = kLengthsPerPass + 1;
    static constexpr bool kIsRough = sizeof(Real) < sizeof(double);
    const T* x;
    int64_t n;
    int num_lengths;
    ErrorGrids<Real> grids;
    bool only_where_unclear;

    F8NET_ELEMENTWISE int64_t num_parts() const { return num_sum_parts(n); }
    F8NET_ELEMENTWISE bool is_needed(const LengthChoice* choice) const {
        return !(only_where_unclear && choice->is_clear != 0);
    }

    F8NET_ELEMENTWISE PartialSums<kCount> of_thread(int64_t part, int thread) const {
        Real sums[kLengthsPerPass] = {}, below = 0;
        for_elements_of_thread(x, n, part, thread, [&](T value) {
            grids.template add_square_errors<kSigned>(static_cast<Real>(value), sums, below);
        });
        PartialSums<kCount> result;
        for (int k = 0; k < kLengthsPerPass; ++k) result.values[k] = static_cast<double>(sums[k]);
        result.values[kLengthsPerPass] = static_cast<double>(below);
        return result;
    }

    F8NET_ELEMENTWISE void finish(const PartialSums<kCount>& total, LengthChoice* choice) const {
        const auto count = static_cast<double>(n);
        const double below = total.values[kLengthsPerPass];
        for (int k = 0; k < kLengthsPerPass; ++k)
            choice->errors[k] = k < num_lengths ? root_mean_error(total.values[k] + below, count) : 0.0;
        const int best = first_smallest(choice->errors, num_lengths);
        choice->value = choice->errors[best];
        choice->length = best;
        choice->is_clear = !kIsRough || smallest_is_clear(total.values, num_lengths, best, count, below) ? 1 : 0;
    }
};

}  // namespace f8net
