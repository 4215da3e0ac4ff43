// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3: eight independent partial sums become vector code.
#include "core/fixedpoint/moments.h"

#include <cmath>

namespace f8net {
namespace {

constexpr int64_t kLanes = 8;

/// Sum of term(x[i]) in the fixed order.
template <typename T, typename Term>
inline double sum_over(const T* __restrict x, int64_t size, Term term) {
    double lanes[kLanes] = {};
    const int64_t whole = size / kLanes * kLanes;
    for (int64_t i = 0; i < whole; i += kLanes) {
        for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(x[i + lane]);
    }
    for (int64_t i = whole; i < size; ++i) lanes[i - whole] += term(x[i]);
    double sum = 0.0;
    for (const double lane : lanes) sum += lane;
    return sum;
}

template <typename T>
Moments moments_of(const T* x, int64_t size, Statistic statistic) {
    Moments moments;
    moments.count = size;
    if (statistic == Statistic::kMae) {
        moments.sum = sum_over(x, size, [](T v) { return std::fabs(static_cast<double>(v)); });
    } else if (statistic == Statistic::kRms) {
        moments.sum = sum_over(x, size, [](T v) { return static_cast<double>(v) * static_cast<double>(v); });
    } else {
        const double mean = sum_over(x, size, [](T v) { return static_cast<double>(v); }) / static_cast<double>(size);
        moments.mean = mean;
        moments.sum = sum_over(
            x, size, [mean](T v) { return (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean); });
    }
    return moments;
}

template <typename T>
double square_error(const T* x, int64_t size, const Quantizer<T>& quantizer) {
    const Quantizer<T> local = quantizer;
    return sum_over(x, size, [local](T v) {
        const double difference = static_cast<double>(v) - static_cast<double>(local.real(v));
        return difference * difference;
    });
}

}  // namespace

void Moments::merge(const Moments& other, Statistic statistic) {
    if (statistic == Statistic::kStd && count > 0 && other.count > 0) {
        const double all = static_cast<double>(count + other.count);
        const double difference = other.mean - mean;
        sum +=
            other.sum + difference * difference * (static_cast<double>(count) * static_cast<double>(other.count) / all);
        mean += difference * (static_cast<double>(other.count) / all);
    } else {
        sum += other.sum;
        if (count == 0) mean = other.mean;
    }
    count += other.count;
}

Moments block_moments(const float* x, int64_t size, Statistic statistic) {
    return moments_of(x, size, statistic);
}
Moments block_moments(const double* x, int64_t size, Statistic statistic) {
    return moments_of(x, size, statistic);
}
double block_square_error(const float* x, int64_t size, const Quantizer<float>& quantizer) {
    return square_error(x, size, quantizer);
}
double block_square_error(const double* x, int64_t size, const Quantizer<double>& quantizer) {
    return square_error(x, size, quantizer);
}

}  // namespace f8net
