// SPDX-License-Identifier: Apache-2.0
#include "core/data/resize_filter.h"

#include <algorithm>
#include <cmath>

namespace f8net {

ResizeFilter make_resize_filter(int in, int out, int begin, int length) {
    const double scale = static_cast<double>(in) / out;
    const double reach = std::max(scale, 1.0);
    const double slope = 1.0 / reach;
    ResizeFilter filter;
    const int most = static_cast<int>(std::ceil(reach)) * 2 + 1;
    filter.taps = (most + 3) / 4 * 4;
    filter.weights.resize(static_cast<size_t>(filter.taps) * static_cast<size_t>(length));
    std::vector<double> weights(static_cast<size_t>(most));
    for (int x = 0; x < length; ++x) {
        const double centre = (begin + x + 0.5) * scale;
        const int first = std::max(static_cast<int>(centre - reach + 0.5), 0);
        const int count = std::min(static_cast<int>(centre + reach + 0.5), in) - first;
        double sum = 0;
        for (int i = 0; i < count; ++i) {
            const double weight = std::max(0.0, 1.0 - std::abs((i + first - centre + 0.5) * slope));
            weights[static_cast<size_t>(i)] = weight;
            sum += weight;
        }
        int32_t* to = filter.weights.data() + static_cast<ptrdiff_t>(x) * filter.taps;
        for (int i = 0; i < count; ++i)
            to[i] = static_cast<int32_t>(weights[static_cast<size_t>(i)] / sum * (1 << kFilterFractionBits) + 0.5);
        filter.first.push_back(first);
        filter.count.push_back(count);
    }
    return filter;
}

namespace {

uint8_t rounded(int32_t sum) {
    return static_cast<uint8_t>(std::clamp((sum + (1 << (kFilterFractionBits - 1))) >> kFilterFractionBits, 0, 255));
}

template <int kChannels>
void across(const SourceRows& from, const ResizeFilter& filter, const TargetRows& to) {
    for (size_t y = 0; y < from.count; ++y) {
        uint8_t* out = to.row(y);
        for (size_t x = 0; x < filter.first.size(); ++x) {
            const uint8_t* pixel = from.row(y) + static_cast<ptrdiff_t>(filter.first[x]) * kChannels;
            const int32_t* weight = filter.of(x);
            int32_t sum[kChannels] = {};
            for (int i = filter.count[x]; i > 0; --i, ++weight, pixel += kChannels)
                for (int c = 0; c < kChannels; ++c) sum[c] += pixel[c] * *weight;
            for (const int32_t channel : sum) *out++ = rounded(channel);
        }
    }
}

void down(const SourceRows& from, const ResizeFilter& filter, const TargetRows& to, size_t bytes) {
    constexpr size_t kBlock = 64;
    for (size_t y = 0; y < filter.first.size(); ++y) {
        const int32_t* weights = filter.of(y);
        for (size_t begin = 0; begin < bytes; begin += kBlock) {
            const size_t length = std::min(kBlock, bytes - begin);
            int32_t sums[kBlock] = {};
            for (int i = 0; i < filter.count[y]; ++i) {
                const uint8_t* row = from.row(static_cast<size_t>(filter.first[y] + i)) + begin;
                for (size_t x = 0; x < length; ++x) sums[x] += row[x] * weights[i];
            }
            for (size_t x = 0; x < length; ++x) to.row(y)[begin + x] = rounded(sums[x]);
        }
    }
}

}  // namespace

const ResizeKernels kScalarResize{"scalar", across<1>, across<3>, down};

std::vector<const ResizeKernels*> available_resize_kernels() {
    std::vector<const ResizeKernels*> kernels{&kScalarResize};
#ifdef F8NET_RESIZE_AVX2
    if (__builtin_cpu_supports("avx2")) kernels.push_back(&kAvx2Resize);
#endif
    return kernels;
}

const ResizeKernels& resize_kernels() {
    static const ResizeKernels& best = *available_resize_kernels().back();
    return best;
}

}  // namespace f8net
