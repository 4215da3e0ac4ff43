// SPDX-License-Identifier: Apache-2.0
/// ReLU, the max pool of ReLUs, and their gradients: what a thread does with its share.
/// Arithmetic core/fixedpoint/rectifier.h.   Threads  pure, host and device.
#pragma once

#include "core/cuda/element_passes.h"
#include "core/fixedpoint/rectifier.h"

namespace f8net {

/// A share is a byte of bits and its eight elements.
template <typename T>
struct RectifyPass {
    static constexpr int kWidth = 1;
    int64_t n;  ///< bytes
    bool is_packed;
    int64_t num_elements;
    bool is_aligned_to_packs;
    const T* a;
    const T* b;
    T* out;
    uint8_t* passing;

    static RectifyPass make(const T* a, const T* b, T* out, uint8_t* passing, int64_t n) {
        constexpr int kPack = kPackWidth<T>;
        const bool aligned = is_aligned<T, kPack>(a) && is_aligned<T, kPack>(b) && is_aligned<T, kPack>(out);
        return {bytes_of_bits(n), false, n, aligned, a, b, out, passing};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t byte) const {
        static_assert(kCount == 1);
        constexpr int kPack = kPackWidth<T>;
        const int64_t first = byte * kElementsPerByte, left = num_elements - first;
        unsigned bits = 0;
        if (is_aligned_to_packs && left >= kElementsPerByte) {
            for (int k = 0; k < kElementsPerByte; k += kPack) bits |= part<kPack>(first + k) << k;
        } else {
            for (int k = 0; k < kElementsPerByte && k < left; ++k) bits |= part<1>(first + k) << k;
        }
        if (passing) passing[byte] = static_cast<uint8_t>(bits);
    }

private:
    template <int kCount>
    F8NET_ELEMENTWISE unsigned part(int64_t first) const {
        auto values = load_share<kCount>(a + first);
        if (b) {
            const auto added = load_share<kCount>(b + first);
            for (int i = 0; i < kCount; ++i) values.values[i] += added.values[i];
        }
        unsigned bits = 0;
        for (int i = 0; i < kCount; ++i) {
            bits |= static_cast<unsigned>(passes_rectifier(values.values[i])) << i;
            values.values[i] = rectified(values.values[i]);
        }
        store_share<kCount>(out + first, values);
        return bits;
    }
};

template <typename T>
struct PassByBitsPass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    const T* grad;
    const uint8_t* passing;
    T* out;

    static PassByBitsPass make(const T* grad, const uint8_t* passing, T* out, int64_t n) {
        return {n, is_aligned<T, kWidth>(grad) && is_aligned<T, kWidth>(out), grad, passing, out};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        static_assert(kElementsPerByte % kWidth == 0);  // the bits of a share are in one byte
        const unsigned bits = passing[first / kElementsPerByte] >> (first % kElementsPerByte);
        auto passed = load_share<kCount>(grad + first);
        for (int i = 0; i < kCount; ++i) {
            if (!((bits >> i) & 1u)) passed.values[i] = T(0);
        }
        store_share<kCount>(out + first, passed);
    }
};

/// Shares are channels of one pixel.
struct PixelShare {
    int64_t channel, column, row, image;
    F8NET_ELEMENTWISE static PixelShare of(int64_t first, int64_t channels, int64_t width, int64_t height) {
        const int64_t pixel = row_of(first, channels), line = row_of(pixel, width);
        return {column_of(first, channels), column_of(pixel, width), column_of(line, height), row_of(line, height)};
    }
};

template <typename T>
struct RectifiedMaxPoolPass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    const T* x;
    T* out;
    uint8_t* winners;
    PoolWindows windows;

    static RectifiedMaxPoolPass make(const T* x, T* out, uint8_t* winners, const PoolWindows& windows) {
        const bool is_packed = windows.channels % kWidth == 0 && is_aligned<T, kWidth>(x) &&
                               is_aligned<T, kWidth>(out) && is_aligned<uint8_t, kWidth>(winners);
        return {windows.images * windows.out_height * windows.out_width * windows.channels,
                is_packed,
                x,
                out,
                winners,
                windows};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        const auto at = PixelShare::of(first, windows.channels, windows.out_width, windows.out_height);
        const auto rows = windows.inside(at.row, windows.height), columns = windows.inside(at.column, windows.width);
        RectifiedMaximum<T> best[kCount];
        for (int i = 0; i < kCount; ++i) best[i] = RectifiedMaximum<T>::none();
        for (int64_t r = rows.begin; r < rows.end; ++r) {
            for (int64_t c = columns.begin; c < columns.end; ++c) {
                const int64_t pixel = (at.image * windows.height + r) * windows.width + c;
                const auto values = load_share<kCount>(x + pixel * windows.channels + at.channel);
                const uint8_t place = windows.place(r, c, at.row, at.column);
                for (int i = 0; i < kCount; ++i) best[i].see(values.values[i], place);
            }
        }
        Pack<T, kCount> values;
        Pack<uint8_t, kCount> places;
        for (int i = 0; i < kCount; ++i) values.values[i] = best[i].value, places.values[i] = best[i].place;
        store_share<kCount>(out + first, values);
        store_share<kCount>(winners + first, places);
    }
};

template <typename T>
struct PassToWinnersPass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    const T* grad;
    const uint8_t* winners;
    T* out;
    PoolWindows windows;

    static PassToWinnersPass make(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows) {
        const bool is_packed = windows.channels % kWidth == 0 && is_aligned<T, kWidth>(grad) &&
                               is_aligned<T, kWidth>(out) && is_aligned<uint8_t, kWidth>(winners);
        return {
            windows.images * windows.height * windows.width * windows.channels, is_packed, grad, winners, out, windows};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        const auto at = PixelShare::of(first, windows.channels, windows.width, windows.height);
        const auto rows = windows.windows_over(at.row, windows.out_height);
        const auto columns = windows.windows_over(at.column, windows.out_width);
        Pack<T, kCount> sum{};
        for (int64_t r = rows.begin; r < rows.end; ++r) {
            for (int64_t c = columns.begin; c < columns.end; ++c) {
                const int64_t pixel = (at.image * windows.out_height + r) * windows.out_width + c;
                const auto won = load_share<kCount>(winners + pixel * windows.channels + at.channel);
                const auto from = load_share<kCount>(grad + pixel * windows.channels + at.channel);
                const uint8_t place = windows.place(at.row, at.column, r, c);
                for (int i = 0; i < kCount; ++i) sum.values[i] += won.values[i] == place ? from.values[i] : T(0);
            }
        }
        store_share<kCount>(out + first, sum);
    }
};

}  // namespace f8net
