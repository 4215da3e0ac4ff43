// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3: the loops are written so that they become vector code.
#include "core/inference/node_operations.h"

#include <algorithm>
#include <limits>

#include "core/fixedpoint/requantize.h"

namespace f8net {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();

int32_t clamp_to_int32(int64_t x) {
    return static_cast<int32_t>(std::clamp(x, -kLargest, kLargest));
}

}  // namespace

template <typename Code>
void requantize_to_codes(const int32_t* accumulators, int64_t size, int shift, const FixedPointFormat& format,
                         Code* codes) {
    const auto low = static_cast<int32_t>(format.min_stored()), high = static_cast<int32_t>(format.max_stored());
    if (shift >= 1 && shift <= 31) {
        const auto rest_mask = static_cast<int32_t>((int64_t{1} << shift) - 1);
        const auto half = static_cast<int32_t>(int64_t{1} << (shift - 1));
        for (int64_t i = 0; i < size; ++i) {
            const int32_t x = accumulators[i];
            int32_t quotient = x >> shift;
            const int32_t rest = x & rest_mask;
            quotient += static_cast<int32_t>(rest > half) | (static_cast<int32_t>(rest == half) & quotient & 1);
            codes[i] = static_cast<Code>(quotient < low ? low : quotient > high ? high : quotient);
        }
    } else if (shift == 0) {
        for (int64_t i = 0; i < size; ++i) {
            const int32_t x = accumulators[i];
            codes[i] = static_cast<Code>(x < low ? low : x > high ? high : x);
        }
    } else {
        for (int64_t i = 0; i < size; ++i) {
            codes[i] = static_cast<Code>(requantize_round_half_even(accumulators[i], shift, low, high));
        }
    }
}
template void requantize_to_codes(const int32_t*, int64_t, int, const FixedPointFormat&, int16_t*);
template void requantize_to_codes(const int32_t*, int64_t, int, const FixedPointFormat&, int32_t*);

void relu(const int32_t* input, int64_t size, int32_t* output) {
    for (int64_t i = 0; i < size; ++i) output[i] = input[i] > 0 ? input[i] : 0;
}

void add_saturating(const int32_t* a, int shift_a, const int32_t* b, int shift_b, int64_t size, int32_t* output) {
    const int64_t factor_a = int64_t{1} << shift_a, factor_b = int64_t{1} << shift_b;
    for (int64_t i = 0; i < size; ++i) output[i] = clamp_to_int32(a[i] * factor_a + b[i] * factor_b);
}

void max_pool(const int32_t* input, const Shape& in, const Window& window, const Shape& out, int32_t* output) {
    const int64_t channels = in.channels;
    for (int64_t y = 0; y < out.height; ++y) {
        for (int64_t x = 0; x < out.width; ++x) {
            int32_t* const to = output + (y * out.width + x) * channels;
            bool first = window.padding == 0;  // else the zeros around the plane take part
            std::fill(to, to + channels, 0);
            for (int dy = 0; dy < window.kernel; ++dy) {
                const int64_t from_y = y * window.stride + dy - window.padding;
                if (from_y < 0 || from_y >= in.height) continue;
                for (int dx = 0; dx < window.kernel; ++dx) {
                    const int64_t from_x = x * window.stride + dx - window.padding;
                    if (from_x < 0 || from_x >= in.width) continue;
                    const int32_t* const from = input + (from_y * in.width + from_x) * channels;
                    if (first)
                        std::copy(from, from + channels, to);
                    else
                        for (int64_t c = 0; c < channels; ++c) to[c] = to[c] > from[c] ? to[c] : from[c];
                    first = false;
                }
            }
        }
    }
}

void sum_pool(const int32_t* input, const Shape& in, int32_t* output) {
    constexpr int64_t kTogether = 64;  // channels, which lie side by side
    for (int64_t first = 0; first < in.channels; first += kTogether) {
        const int64_t count = std::min(kTogether, in.channels - first);
        int64_t sums[kTogether] = {};
        for (int64_t i = 0; i < in.height * in.width; ++i) {
            const int32_t* const pixel = input + i * in.channels + first;
            for (int64_t c = 0; c < count; ++c) sums[c] += pixel[c];
        }
        for (int64_t c = 0; c < count; ++c) output[first + c] = clamp_to_int32(sums[c]);
    }
}

void average_pool(const int32_t* input, const Shape& in, int shift, const FixedPointFormat& format, int32_t* output) {
    const int64_t pixels = in.height * in.width;
    // Sums stay below 2^31 * 2^20 pixels, shifts below 2^8.
    const int64_t divisor = pixels << std::max(shift, 0), factor = int64_t{1} << std::max(-shift, 0);
    for (int64_t c = 0; c < in.channels; ++c) {
        int64_t sum = 0;
        for (int64_t i = 0; i < pixels; ++i) sum += input[i * in.channels + c];
        sum *= factor;
        int64_t quotient = sum / divisor;
        if (quotient * divisor > sum) --quotient;  // floor
        const int64_t twice_rest = 2 * (sum - quotient * divisor);
        if (twice_rest > divisor || (twice_rest == divisor && (quotient & 1) != 0)) ++quotient;
        output[c] = static_cast<int32_t>(std::clamp(quotient, format.min_stored(), format.max_stored()));
    }
}

}  // namespace f8net
