// SPDX-License-Identifier: Apache-2.0
/// Sums of what ErrorGrids or ErrorWindow add up for each element, by vector code over the parts of a buffer. Only for
/// the source files of square_errors.h, which differ in how they may be compiled.
#pragma once

#include <ATen/record_function.h>

#include <array>
#include <cmath>
#include <type_traits>

#include "core/quantization/square_errors.h"
#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

/// What errors ask of vectors. Floats at or above +0 order like the integers of their bits. Integer units stand idle
/// here, and NaN stays, or is what was cut off.
template <typename V, typename Integers>
struct VectorOperations {
    using Value = V;
    F8NET_ELEMENTWISE static V magnitude(const V& x) { return without_sign<V, Integers>(x); }
    F8NET_ELEMENTWISE static V positive_part(const V& x) { return larger(x, V{}); }
    F8NET_ELEMENTWISE static V smaller(const V& a, const V& b) {
        const Integers i = (Integers)a, j = (Integers)b;
        return (V)(i < j ? i : j);
    }
    F8NET_ELEMENTWISE static V larger(const V& a, const V& b) {
        const Integers i = (Integers)a, j = (Integers)b;
        return (V)(i > j ? i : j);
    }
    F8NET_ELEMENTWISE static void add_square(const V& x, V& sum) { sum += x * x; }  // fused where the file may
};

/// `Grids` gives kCount sums and one more, which belongs to all of them. 64 bytes of Real are a step: 16 or 8 lanes in
/// registers of kBytes, summed in Real for kSteps steps and in float64 from there on.
template <template <typename> class Grids, int kCount, typename Real, bool kSigned>
struct SumSquareErrors {
    template <int kBytes>
    struct Kernel {
        static constexpr int kLanes = kBytes / sizeof(Real), kParts = 64 / kBytes, kStep = kLanes * kParts;
        static constexpr int kSteps = 32;
        using V = Vector<Real, kBytes>;
        using Integers = Vector<std::conditional_t<sizeof(Real) == 4, int32_t, int64_t>, kBytes>;
        using Wide = Vector<double, kLanes * sizeof(double)>;
        static constexpr int kSums = kCount + 1;

        template <typename T>
        [[gnu::always_inline]] static inline void run(const T* x, int64_t n, const Grids<Real>* grids_in,
                                                      std::array<double, kSums>* out) {
            const Grids<Real> grids = *grids_in;
            std::array<double, kSums> total{};
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
                    for (int k = 0; k < kSums; ++k) total[static_cast<size_t>(k)] += sums[k][lane];
                }
            }
            for (int64_t i = n / kStep * kStep; i < n; i += kLanes) {
                T rest[kLanes] = {};  // zeros err by nothing
                std::memcpy(rest, x + i, static_cast<size_t>(std::min<int64_t>(kLanes, n - i)) * sizeof(T));
                V some[kSums] = {};
                add(rest, grids, some);
                for (int lane = 0; lane < kLanes; ++lane) {
                    for (int k = 0; k < kSums; ++k) total[static_cast<size_t>(k)] += static_cast<double>(some[k][lane]);
                }
            }
            *out = total;
        }

        template <typename T>
        [[gnu::always_inline]] static inline void add(const T* x, const Grids<Real>& grids, V* sums) {
            Vector<T, kLanes * sizeof(T)> values;
            std::memcpy(&values, x, sizeof(values));
            grids.template add_square_errors<kSigned, VectorOperations<V, Integers>>(__builtin_convertvector(values, V),
                                                                                     sums, sums[kCount]);
        }
    };
};

template <template <typename> class Grids, int kCount, typename Real, typename T>
std::array<double, kCount + 1> sum_over_parts(const T* x, int64_t n, double highest, bool is_signed, int first_length) {
    RECORD_FUNCTION("f8net::square_errors", c10::ArrayRef<const c10::IValue>{});
    using Sums = std::array<double, kCount + 1>;
    const auto grids = Grids<Real>::make(static_cast<Real>(static_cast<T>(highest)), first_length);
    Sums total{};
    for (const Sums& part : for_each_part<Sums>(n, [&](int64_t first, int64_t count, Sums*out) {
             if (is_signed) {
                 run_sized<SumSquareErrors<Grids, kCount, Real, true>::template Kernel>(x + first, count, &grids, out);
             } else {
                 run_sized<SumSquareErrors<Grids, kCount, Real, false>::template Kernel>(x + first, count, &grids, out);
             }
         })) {
        for (size_t k = 0; k < total.size(); ++k) total[k] += part[k];
    }
    return total;
}

}  // namespace
}  // namespace f8net
