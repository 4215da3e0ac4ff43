// SPDX-License-Identifier: Apache-2.0
// A weight of 22 bits is split in its lower 15 and its upper 8, so that 16-bit multiply-and-add does two taps at once:
// weight * pixel = upper * pixel * 2^15 + lower * pixel, in arithmetic modulo 2^32, where the whole sum fits.
#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/data/resize_filter.h"

namespace f8net {

namespace {

constexpr int kLowerBits = 15;
constexpr int32_t kLowerMask = (1 << kLowerBits) - 1;

/// Two weights of 22 bits in a 32-bit lane: their lower and their upper bits.
int32_t lower_pair(int32_t first, int32_t second) {
    return (first & kLowerMask) | (second & kLowerMask) << 16;
}
int32_t upper_pair(int32_t first, int32_t second) {
    return first >> kLowerBits | second >> kLowerBits << 16;
}

inline __m256i whole_sum(__m256i lower, __m256i upper) {
    return _mm256_add_epi32(lower, _mm256_slli_epi32(upper, kLowerBits));
}
inline __m256i rounded(__m256i sum) {
    const __m256i half = _mm256_set1_epi32(1 << (kFilterFractionBits - 1));
    return _mm256_srai_epi32(_mm256_add_epi32(sum, half), kFilterFractionBits);
}

/// Four taps: (w0 w1) in the lower half's four lanes, (w2 w3) in the upper half's; their lower and upper bits.
struct alignas(32) FourTaps {
    int32_t lower[8];
    int32_t upper[8];
};

std::vector<FourTaps> four_by_four(const ResizeFilter& filter) {
    std::vector<FourTaps> taps(filter.weights.size() / 4);
    for (size_t i = 0; i < taps.size(); ++i) {
        const int32_t* w = filter.weights.data() + 4 * i;
        std::fill_n(taps[i].lower, 4, lower_pair(w[0], w[1]));
        std::fill_n(taps[i].lower + 4, 4, lower_pair(w[2], w[3]));
        std::fill_n(taps[i].upper, 4, upper_pair(w[0], w[1]));
        std::fill_n(taps[i].upper + 4, 4, upper_pair(w[2], w[3]));
    }
    return taps;
}

void across_colour(const SourceRows& from, const ResizeFilter& filter, const TargetRows& to) {
    // Four pixels in 12 bytes to 16-bit pairs: (r0 r1) (g0 g1) (b0 b1) | (r2 r3) (g2 g3) (b2 b3).
    const __m256i to_pairs = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                              6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const auto pairs = [&](const uint8_t* pixel) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixel));
        return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), to_pairs);
    };
    const auto add = [](__m256i sum, __m256i values, const int32_t* weights) {
        const __m256i eight = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
        return _mm256_add_epi32(sum, _mm256_madd_epi16(values, eight));
    };
    const std::vector<FourTaps> taps = four_by_four(filter);
    const size_t taps_of_one = static_cast<size_t>(filter.taps) / 4;
    const size_t length = filter.first.size();
    for (size_t y = 0; y < from.count; y += 2) {
        const size_t next = std::min(y + 1, from.count - 1);  // of an odd last row twice the same
        const uint8_t *row_a = from.row(y), *row_b = from.row(next);
        uint8_t *to_a = to.row(y), *to_b = to.row(next);
        for (size_t x = 0; x < length; ++x) {
            const FourTaps* weights = taps.data() + x * taps_of_one;
            const ptrdiff_t begin = static_cast<ptrdiff_t>(filter.first[x]) * 3;
            const ptrdiff_t end = begin + static_cast<ptrdiff_t>(filter.count[x]) * 3;
            __m256i lower_a = _mm256_setzero_si256(), upper_a = lower_a, lower_b = lower_a, upper_b = lower_a;
            for (ptrdiff_t at = begin; at < end; at += 12, ++weights) {
                const __m256i a = pairs(row_a + at), b = pairs(row_b + at);
                lower_a = add(lower_a, a, weights->lower);
                upper_a = add(upper_a, a, weights->upper);
                lower_b = add(lower_b, b, weights->lower);
                upper_b = add(upper_b, b, weights->upper);
            }
            const __m256i a = whole_sum(lower_a, upper_a), b = whole_sum(lower_b, upper_b);
            // The two halves together: row a's pixel below, row b's above.
            const __m256i sum =
                _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31));
            __m256i bytes = rounded(sum);
            bytes = _mm256_packs_epi32(bytes, bytes);
            bytes = _mm256_packus_epi16(bytes, bytes);
            const int pixel_a = _mm_cvtsi128_si32(_mm256_castsi256_si128(bytes));
            const int pixel_b = _mm_cvtsi128_si32(_mm256_extracti128_si256(bytes, 1));
            const size_t size = x + 1 < length ? 4 : 3;  // a byte too many, then overwritten
            std::memcpy(to_a + 3 * x, &pixel_a, size);
            std::memcpy(to_b + 3 * x, &pixel_b, size);
        }
    }
}

/// Two rows' weights, their lower and upper bits.
struct RowPair {
    int32_t lower, upper;
};

/// Sixteen bytes of the weighted sum of `count` rows.
inline __m128i sixteen(const uint8_t* row, size_t stride, int count, const RowPair* weights) {
    const auto load = [](const uint8_t* at) {
        return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    };
    __m256i lower_a = _mm256_setzero_si256(), upper_a = lower_a, lower_b = lower_a, upper_b = lower_a;
    for (int i = 0; i < count; i += 2, row += 2 * stride, ++weights) {
        const __m256i first = load(row), second = load(i + 1 < count ? row + stride : row);
        const __m256i lower = _mm256_set1_epi32(weights->lower), upper = _mm256_set1_epi32(weights->upper);
        const __m256i a = _mm256_unpacklo_epi16(first, second), b = _mm256_unpackhi_epi16(first, second);
        lower_a = _mm256_add_epi32(lower_a, _mm256_madd_epi16(a, lower));
        upper_a = _mm256_add_epi32(upper_a, _mm256_madd_epi16(a, upper));
        lower_b = _mm256_add_epi32(lower_b, _mm256_madd_epi16(b, lower));
        upper_b = _mm256_add_epi32(upper_b, _mm256_madd_epi16(b, upper));
    }
    // Packing undoes the unpacking, half by half.
    const __m256i words =
        _mm256_packs_epi32(rounded(whole_sum(lower_a, upper_a)), rounded(whole_sum(lower_b, upper_b)));
    return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

void down(const SourceRows& from, const ResizeFilter& filter, const TargetRows& to, size_t bytes) {
    if (bytes < 16) return kScalarResize.down(from, filter, to, bytes);
    std::vector<RowPair> pairs(static_cast<size_t>(filter.taps) / 2);
    for (size_t y = 0; y < filter.first.size(); ++y) {
        const int32_t* w = filter.of(y);  // zero behind the last one
        for (size_t i = 0; i < pairs.size(); ++i)
            pairs[i] = {lower_pair(w[2 * i], w[2 * i + 1]), upper_pair(w[2 * i], w[2 * i + 1])};
        const uint8_t* row = from.row(static_cast<size_t>(filter.first[y]));
        for (size_t x = 0; x < bytes; x += 16) {
            const size_t at = std::min(x, bytes - 16);  // the last ones overlap
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to.row(y) + at),
                             sixteen(row + at, from.stride, filter.count[y], pairs.data()));
        }
    }
}

}  // namespace

const ResizeKernels kAvx2Resize{"avx2", kScalarResize.across_grey, across_colour, down};

}  // namespace f8net
