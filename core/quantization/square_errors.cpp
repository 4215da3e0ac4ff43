// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/square_errors.h"

#include <ATen/record_function.h>

#include <cmath>
#include <type_traits>

#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

/// ErrorGrids on vectors. Floats at or above +0 order like the integers of their bits. Integer units stand idle here,
/// and NaN stays.
template <typename V, typename Integers>
struct VectorOperations {
    using Value = V;
    F8NET_ELEMENTWISE static V magnitude(const V& x) { return without_sign<V, Integers>(x); }
    F8NET_ELEMENTWISE static V positive_part(const V& x) { return x > V{} ? x : V{}; }
    F8NET_ELEMENTWISE static V smaller(const V& a, const V& b) {
        const Integers i = (Integers)a, j = (Integers)b;
        return (V)(i < j ? i : j);
    }
    F8NET_ELEMENTWISE static V larger(const V& a, const V& b) {
        const Integers i = (Integers)a, j = (Integers)b;
        return (V)(i > j ? i : j);
    }
};

/// 64 bytes of Real are a step: 16 or 8 lanes in registers of kBytes, summed in Real for kSteps steps and in float64
/// from there on.
template <typename Real, bool kSigned>
struct SumSquareErrors {
    template <int kBytes>
    struct Kernel {
        static constexpr int kLanes = kBytes / sizeof(Real), kParts = 64 / kBytes, kStep = kLanes * kParts;
        static constexpr int kSteps = 32;
        using V = Vector<Real, kBytes>;
        using Integers = Vector<std::conditional_t<sizeof(Real) == 4, int32_t, int64_t>, kBytes>;
        using Wide = Vector<double, kLanes * sizeof(double)>;
        static constexpr int kSums = kLengthsPerPass + 1;

        template <typename T>
        [[gnu::always_inline]] static inline void run(const T* x, int64_t n, const ErrorGrids<Real>* grids_in,
                                                      SquareErrors* out) {
            const ErrorGrids<Real> grids = *grids_in;
            double below = 0;
            SquareErrors total{};
            for (int part = 0; part < kParts; ++part) {
                Wide sums[kSums] = {};
                const int64_t steps = n / kStep;
                for (int64_t first = 0; first < steps; first += kSteps) {
                    V some[kSums] = {};
                    const int64_t last = std::min<int64_t>(first + kSteps, steps);
                    for (int64_t i = first; i < last; ++i) {
                        add(x + i * kStep + part * kLanes, grids, some);
                    }
                    for (int k = 0; k < kSums; ++k) sums[k] += __builtin_convertvector(some[k], Wide);
                }
                for (int lane = 0; lane < kLanes; ++lane) {
                    for (int k = 0; k < kLengthsPerPass; ++k) total[static_cast<size_t>(k)] += sums[k][lane];
                    below += sums[kLengthsPerPass][lane];
                }
            }
            for (int64_t i = n / kStep * kStep; i < n; i += kLanes) {
                T rest[kLanes] = {};  // zeros err by nothing
                std::memcpy(rest, x + i, static_cast<size_t>(std::min<int64_t>(kLanes, n - i)) * sizeof(T));
                V some[kSums] = {};
                add(rest, grids, some);
                for (int lane = 0; lane < kLanes; ++lane) {
                    for (int k = 0; k < kLengthsPerPass; ++k)
                        total[static_cast<size_t>(k)] += static_cast<double>(some[k][lane]);
                    below += static_cast<double>(some[kLengthsPerPass][lane]);
                }
            }
            for (size_t k = 0; k < total.size(); ++k) (*out)[k] = total[k] + below;
        }

        template <typename T>
        [[gnu::always_inline]] static inline void add(const T* x, const ErrorGrids<Real>& grids, V* sums) {
            Vector<T, kLanes * sizeof(T)> values;
            std::memcpy(&values, x, sizeof(values));
            grids.template add_square_errors<kSigned, VectorOperations<V, Integers>>(__builtin_convertvector(values, V),
                                                                                     sums, sums[kLengthsPerPass]);
        }
    };
};

template <typename Real, typename T>
SquareErrors sum_over_parts(const T* x, int64_t n, double highest, bool is_signed, int first_length) {
    RECORD_FUNCTION("f8net::square_errors", c10::ArrayRef<const c10::IValue>{});
    const ErrorGrids<Real> grids = ErrorGrids<Real>::make(static_cast<Real>(static_cast<T>(highest)), first_length);
    SquareErrors total{};
    for (const SquareErrors& part : for_each_part<SquareErrors>(n, [&](int64_t first, int64_t count, SquareErrors*out) {
             if (is_signed) {
                 run_sized<SumSquareErrors<Real, true>::template Kernel>(x + first, count, &grids, out);
             } else {
                 run_sized<SumSquareErrors<Real, false>::template Kernel>(x + first, count, &grids, out);
             }
         })) {
        for (size_t k = 0; k < total.size(); ++k) total[k] += part[k];
    }
    return total;
}

}  // namespace

template <typename T>
SquareErrors square_errors(const T* x, int64_t n, double highest, bool is_signed, int first) {
    return sum_over_parts<double>(x, n, highest, is_signed, first);
}
template SquareErrors square_errors(const float*, int64_t, double, bool, int);
template SquareErrors square_errors(const double*, int64_t, double, bool, int);

SquareErrors rough_square_errors(const float* x, int64_t n, double highest, bool is_signed) {
    return sum_over_parts<float>(x, n, highest, is_signed, 0);
}

}  // namespace f8net
