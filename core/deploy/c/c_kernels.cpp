// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/c/c_kernels.h"

#include <array>
#include <string_view>

namespace f8net {
namespace {

/// Where the name ends in "_@", there is one function for unsigned and one for signed codes: "@" becomes u8 or s8, "$"
/// uint8_t or int8_t.
struct Kernel {
    std::string_view name, text;
};

constexpr std::array kKernels = {
    Kernel{"widen_@", R"(
/* Codes as sums. */
SHARED void widen_@(const $ *restrict codes, int32_t count, int32_t *restrict sums)
{
    for (int32_t i = 0; i < count; ++i) sums[i] = codes[i];
}
)"},
    Kernel{"look_up_@", R"(
/* Bytes of one pixel as codes of the normalized image: 256 entries for each channel. */
SHARED void look_up_@(const uint8_t *restrict pixel, F8NET_CONST $ *restrict table, int32_t channels,
                      int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels; ++c) sums[c] = table[256 * c + pixel[c]];
}
)"},
    Kernel{"gather_@", R"(
/* One window of codes, row after row, with zeros where it leaves the plane. */
SHARED void gather_@(const $ *restrict in, int32_t height, int32_t width, int32_t channels, int32_t kernel,
                     int32_t top, int32_t left, window_@ *restrict window)
{
    for (int32_t y = top; y < top + kernel; ++y) {
        for (int32_t x = left; x < left + kernel; ++x) {
            if (y >= 0 && y < height && x >= 0 && x < width) {
                const $ *restrict from = in + (y * width + x) * channels;
                for (int32_t c = 0; c < channels; ++c) window[c] = from[c];
            } else {
                for (int32_t c = 0; c < channels; ++c) window[c] = 0;
            }
            window += channels;
        }
    }
}
)"},
    Kernel{"dense_@", R"(
/* Each output channel: its bias and the products of its row of weights with the window. */
SHARED void dense_@(const window_@ *restrict window, int32_t length, F8NET_CONST int8_t *weights,
                    F8NET_CONST int32_t *bias, int32_t channels, int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels; ++c) {
        F8NET_CONST int8_t *restrict row = weights + c * length;
        int32_t sum = 0;
        for (int32_t i = 0; i < length; ++i) sum += (int32_t)window[i] * row[i];
        sums[c] = bias[c] + sum;
    }
}
)"},
    Kernel{"depthwise_@", R"(
/* Each channel with its own weights, which lie [kernel][kernel][channels]. */
SHARED void depthwise_@(const $ *restrict in, int32_t height, int32_t width, int32_t channels, int32_t kernel,
                        int32_t top, int32_t left, F8NET_CONST int8_t *weights, F8NET_CONST int32_t *bias,
                        int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels; ++c) sums[c] = bias[c];
    for (int32_t y = top; y < top + kernel; ++y) {
        for (int32_t x = left; x < left + kernel; ++x) {
            if (y >= 0 && y < height && x >= 0 && x < width) {
                const $ *restrict from = in + (y * width + x) * channels;
                F8NET_CONST int8_t *restrict row = weights;
                for (int32_t c = 0; c < channels; ++c) sums[c] += (int32_t)from[c] * row[c];
            }
            weights += channels;
        }
    }
}
)"},
    Kernel{"depthwise_many_@", R"(
/* The same with several outputs of each channel; weights lie [kernel][kernel][channels][multiplier]. */
SHARED void depthwise_many_@(const $ *restrict in, int32_t height, int32_t width, int32_t channels,
                             int32_t multiplier, int32_t kernel, int32_t top, int32_t left,
                             F8NET_CONST int8_t *weights, F8NET_CONST int32_t *bias, int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels * multiplier; ++c) sums[c] = bias[c];
    for (int32_t y = top; y < top + kernel; ++y) {
        for (int32_t x = left; x < left + kernel; ++x) {
            if (y >= 0 && y < height && x >= 0 && x < width) {
                const $ *from = in + (y * width + x) * channels;
                for (int32_t c = 0; c < channels; ++c) {
                    for (int32_t m = 0; m < multiplier; ++m)
                        sums[c * multiplier + m] += (int32_t)from[c] * weights[c * multiplier + m];
                }
            }
            weights += channels * multiplier;
        }
    }
}
)"},
    Kernel{"copy", R"(
SHARED void copy(const int32_t *restrict from, int32_t count, int32_t *restrict to)
{
    for (int32_t i = 0; i < count; ++i) to[i] = from[i];
}
)"},
    Kernel{"max_pool", R"(
/* Largest of the window; lowest: 0 where zeros around the plane take part. */
SHARED void max_pool(const int32_t *restrict in, int32_t height, int32_t width, int32_t channels, int32_t kernel,
                     int32_t top, int32_t left, int32_t lowest, int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels; ++c) sums[c] = lowest;
    for (int32_t y = top; y < top + kernel; ++y) {
        for (int32_t x = left; x < left + kernel; ++x) {
            if (y >= 0 && y < height && x >= 0 && x < width) {
                const int32_t *restrict from = in + (y * width + x) * channels;
                for (int32_t c = 0; c < channels; ++c) sums[c] = from[c] > sums[c] ? from[c] : sums[c];
            }
        }
    }
}
)"},
    Kernel{"max_pool_@", R"(
/* Largest of the window; lowest: 0 where zeros around the plane take part. */
SHARED void max_pool_@(const $ *restrict in, int32_t height, int32_t width, int32_t channels, int32_t kernel,
                       int32_t top, int32_t left, $ lowest, $ *restrict out)
{
    for (int32_t c = 0; c < channels; ++c) out[c] = lowest;
    for (int32_t y = top; y < top + kernel; ++y) {
        for (int32_t x = left; x < left + kernel; ++x) {
            if (y >= 0 && y < height && x >= 0 && x < width) {
                const $ *restrict from = in + (y * width + x) * channels;
                for (int32_t c = 0; c < channels; ++c) out[c] = from[c] > out[c] ? from[c] : out[c];
            }
        }
    }
}
)"},
    Kernel{"clamp_64", R"(
static int32_t clamp_64(int64_t x)
{
    const int64_t largest = INT32_C(2147483647);
    return (int32_t)(x > largest ? largest : x < -largest ? -largest : x);
}
)"},
    Kernel{"sum_pool_32", R"(
/* Sum over the plane, which is known to fit. */
SHARED void sum_pool_32(const int32_t *restrict in, int32_t pixels, int32_t channels, int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels; ++c) sums[c] = 0;
    for (int32_t i = 0; i < pixels; ++i) {
        for (int32_t c = 0; c < channels; ++c) sums[c] += in[i * channels + c];
    }
}
)"},
    Kernel{"sum_pool_64", R"(
/* Sum over the plane as if in 64 bits, then one clamp. */
SHARED void sum_pool_64(const int32_t *restrict in, int32_t pixels, int32_t channels, int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels; ++c) {
        int64_t sum = 0;
        for (int32_t i = 0; i < pixels; ++i) sum += in[i * channels + c];
        sums[c] = clamp_64(sum);
    }
}
)"},
    Kernel{"average_pool", R"(
/* sum * factor / divisor, rounded once, half to even, then clamped: the only division of the network. */
SHARED void average_pool(const int32_t *restrict in, int32_t pixels, int32_t channels, int64_t factor, int64_t divisor,
                         int32_t low, int32_t high, int32_t *restrict sums)
{
    for (int32_t c = 0; c < channels; ++c) {
        int64_t sum = 0, quotient, twice_rest;
        for (int32_t i = 0; i < pixels; ++i) sum += in[i * channels + c];
        sum *= factor;
        quotient = sum / divisor;
        if (quotient * divisor > sum) --quotient; /* to the floor */
        twice_rest = 2 * (sum - quotient * divisor);
        if (twice_rest > divisor || (twice_rest == divisor && quotient % 2 != 0)) ++quotient;
        sums[c] = (int32_t)(quotient < low ? low : quotient > high ? high : quotient);
    }
}
)"},
    Kernel{"add_32", R"(
/* Residual sum, which is known to fit. Factors are powers of two. */
SHARED void add_32(int32_t *restrict sums, int32_t factor, const int32_t *restrict operand, int32_t operand_factor,
                   int32_t count)
{
    for (int32_t i = 0; i < count; ++i) sums[i] = sums[i] * factor + operand[i] * operand_factor;
}
)"},
    Kernel{"add_64", R"(
/* Residual sum as if in 64 bits, then one clamp. Factors are powers of two. */
SHARED void add_64(int32_t *restrict sums, int64_t factor, const int32_t *restrict operand, int64_t operand_factor,
                   int32_t count)
{
    for (int32_t i = 0; i < count; ++i) sums[i] = clamp_64(sums[i] * factor + operand[i] * operand_factor);
}
)"},
    Kernel{"relu", R"(
SHARED void relu(int32_t *sums, int32_t count)
{
    for (int32_t i = 0; i < count; ++i) sums[i] = sums[i] > 0 ? sums[i] : 0;
}
)"},
    Kernel{"round_@", R"(
/* sums / 2^shift rounded half to even, then clamped; shift 1 to 31. */
SHARED void round_@(const int32_t *restrict sums, int32_t count, int shift, int32_t low, int32_t high,
                    $ *restrict codes)
{
    const int32_t mask = (int32_t)((UINT32_C(1) << shift) - 1), half = (int32_t)(UINT32_C(1) << (shift - 1));
    const int32_t offset = (int32_t)(UINT32_C(1) << (31 - shift));
    for (int32_t i = 0; i < count; ++i) {
        const uint32_t biased = (uint32_t)sums[i] ^ UINT32_C(0x80000000); /* sum + 2^31: never negative */
        int32_t code = (int32_t)(biased >> shift) - offset;               /* the floor */
        const int32_t rest = (int32_t)(biased & (uint32_t)mask);
        code += (rest > half) | ((rest == half) & (code & 1));
        codes[i] = ($)(code < low ? low : code > high ? high : code);
    }
}
)"},
    Kernel{"clamp_@", R"(
/* Sums that have the codes' fractional length already. */
SHARED void clamp_@(const int32_t *restrict sums, int32_t count, int32_t low, int32_t high, $ *restrict codes)
{
    for (int32_t i = 0; i < count; ++i) codes[i] = ($)(sums[i] < low ? low : sums[i] > high ? high : sums[i]);
}
)"},
    Kernel{"scale_@", R"(
/* sums * factor (2 to 256), clamped: before, so that the product fits, and behind. */
SHARED void scale_@(const int32_t *restrict sums, int32_t count, int32_t factor, int32_t low, int32_t high,
                    $ *restrict codes)
{
    for (int32_t i = 0; i < count; ++i) {
        const int32_t code = (sums[i] < low ? low : sums[i] > high ? high : sums[i]) * factor;
        codes[i] = ($)(code < low ? low : code > high ? high : code);
    }
}
)"},
    Kernel{"zero_@", R"(
/* Sums whose last bit stands so low that all of them round to zero. */
SHARED void zero_@(int32_t count, $ *restrict codes)
{
    for (int32_t i = 0; i < count; ++i) codes[i] = 0;
}
)"},
};

std::string instance(std::string_view text, std::string_view suffix, std::string_view type) {
    std::string result;
    for (const char c : text) {
        if (c == '@')
            result += suffix;
        else if (c == '$')
            result += type;
        else
            result += c;
    }
    return result;
}

}  // namespace

std::string c_kernels(const std::set<std::string>& names) {
    std::set<std::string> wanted = names;
    if (wanted.contains("add_64") || wanted.contains("sum_pool_64")) wanted.insert("clamp_64");
    std::string text;
    for (const Kernel& kernel : kKernels) {
        if (!kernel.name.ends_with('@')) {
            if (wanted.contains(std::string(kernel.name))) text += kernel.text;
            continue;
        }
        for (const auto& [suffix, type] : {std::pair{"u8", "uint8_t"}, std::pair{"s8", "int8_t"}}) {
            if (wanted.contains(instance(kernel.name, suffix, type))) text += instance(kernel.text, suffix, type);
        }
    }
    return text;
}

}  // namespace f8net
