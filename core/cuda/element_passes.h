// SPDX-License-Identifier: Apache-2.0
/// The passes over single elements: what a thread does with its share. Shares are 16 bytes of the widest buffer where
/// all buffers are aligned to it, else single elements. Arithmetic core/fixedpoint/arithmetic.h.   Threads  pure, host
/// and device.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/cuda/kernels.h"

namespace f8net {

/// kWidth values that are loaded and stored at once.
template <typename T, int kWidth>
struct alignas(sizeof(T) * kWidth) Pack {
    T values[kWidth];
};
template <typename T>
inline constexpr int kPackWidth = 16 / static_cast<int>(sizeof(T));

/// Null is as well aligned as anything.
template <typename T, int kWidth>
bool is_aligned(const T* pointer) {
    return reinterpret_cast<uintptr_t>(pointer) % sizeof(Pack<T, kWidth>) == 0;
}

template <int kWidth, typename T>
F8NET_ELEMENTWISE Pack<T, kWidth> load_share(const T* from) {
    return *reinterpret_cast<const Pack<T, kWidth>*>(from);
}
template <int kWidth, typename T>
F8NET_ELEMENTWISE void store_share(T* to, const Pack<T, kWidth>& share) {
    *reinterpret_cast<Pack<T, kWidth>*>(to) = share;
}

/// Calls pass.apply<width>(first) for the shares of thread `thread` of `threads`: whole ones, then single elements of
/// the rest.
template <typename Pass>
F8NET_ELEMENTWISE void for_shares(const Pass& pass, int64_t thread, int64_t threads) {
    const int64_t whole = pass.is_packed ? pass.n / Pass::kWidth : 0;
    for (int64_t share = thread; share < whole; share += threads)
        pass.template apply<Pass::kWidth>(share * Pass::kWidth);
    for (int64_t i = whole * Pass::kWidth + thread; i < pass.n; i += threads) pass.template apply<1>(i);
}

/// The codes' grid, as it is given or as the device has chosen it.
template <typename T>
struct GivenGrid {
    CodeGrid<T> given;
    F8NET_ELEMENTWISE CodeGrid<T> grid() const { return given; }
};
template <typename T>
struct ChosenGrid {
    const LengthChoice* choice;
    T highest;
    bool is_signed;
    F8NET_ELEMENTWISE CodeGrid<T> grid() const { return CodeGrid<T>::make(choice->length, highest, is_signed); }
};

/// q, the codes as bytes, or both (null: not wanted), in one pass over x. The codes are also the mask of the gradient.
template <typename T, typename Byte, typename Grid>
struct QuantizePass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    const T* x;
    T* q;
    Byte* codes;
    Grid source;
    bool rounds;

    static QuantizePass make(const T* x, T* q, void* codes_in, int64_t n, const Grid& source, bool rounds) {
        auto* const codes = static_cast<Byte*>(rounds ? codes_in : nullptr);
        const bool is_packed = is_aligned<T, kWidth>(x) && is_aligned<T, kWidth>(q) && is_aligned<Byte, kWidth>(codes);
        return {n, is_packed, x, q, codes, source, rounds};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        const CodeGrid<T> grid = source.grid();
        auto values = load_share<kCount>(x + first);
        Pack<Byte, kCount> bytes{};
        for (int i = 0; i < kCount; ++i) {
            if (!rounds) {
                values.values[i] = grid.clip(values.values[i]);
                continue;
            }
            const T code = grid.code(values.values[i]);
            bytes.values[i] = grid.template byte_of<Byte>(code);
            values.values[i] = code * grid.inverse;
        }
        if (q) store_share<kCount>(q + first, values);
        if (codes) store_share<kCount>(codes + first, bytes);
    }
};

template <typename T, typename Byte>
struct ValuesOfCodesPass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    const Byte* codes;
    T* values;
    const LengthChoice* choice;

    static ValuesOfCodesPass make(const void* codes_in, T* values, int64_t n, const LengthChoice* choice) {
        const auto* const codes = static_cast<const Byte*>(codes_in);
        return {n, is_aligned<Byte, kWidth>(codes) && is_aligned<T, kWidth>(values), codes, values, choice};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        const auto grid = CodeGrid<T>::make(choice->length, T(0), false);  // no code is clamped here
        const auto bytes = load_share<kCount>(codes + first);
        Pack<T, kCount> real;
        for (int i = 0; i < kCount; ++i) real.values[i] = grid.real_of(bytes.values[i]);
        store_share<kCount>(values + first, real);
    }
};

template <typename T, typename Byte>
struct PassByCodePass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    T* gradient;
    const T* other;
    const Byte* codes;
    CodeGrid<T> grid;

    static PassByCodePass make(T* gradient, const T* other, const void* codes_in, int64_t n, T highest) {
        const auto* const codes = static_cast<const Byte*>(codes_in);
        const bool is_packed =
            is_aligned<T, kWidth>(gradient) && is_aligned<T, kWidth>(other) && is_aligned<Byte, kWidth>(codes);
        return {n, is_packed, gradient, other, codes, CodeGrid<T>::make(0, highest, std::is_signed_v<Byte>)};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        auto passed = load_share<kCount>(gradient + first);
        const auto bytes = load_share<kCount>(codes + first);
        if (other) {
            const auto added = load_share<kCount>(other + first);
            for (int i = 0; i < kCount; ++i) passed.values[i] += added.values[i];
        }
        for (int i = 0; i < kCount; ++i) {
            if (!grid.passes(static_cast<T>(bytes.values[i]))) passed.values[i] = T(0);
        }
        store_share<kCount>(gradient + first, passed);
    }
};

template <typename T>
struct PassInsidePass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    const T* grad;
    const T* q;
    T* out;
    CodeGrid<T> grid;

    static PassInsidePass make(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid) {
        const bool is_packed = is_aligned<T, kWidth>(grad) && is_aligned<T, kWidth>(q) && is_aligned<T, kWidth>(out);
        return {n, is_packed, grad, q, out, grid};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        const auto values = load_share<kCount>(q + first);
        auto passed = load_share<kCount>(grad + first);
        for (int i = 0; i < kCount; ++i) {
            if (!grid.passes(values.values[i] * grid.scale)) passed.values[i] = T(0);
        }
        store_share<kCount>(out + first, passed);
    }
};

/// i / length and i % length. A GPU divides 64-bit numbers in some hundred instructions, 32-bit ones in twenty.
F8NET_ELEMENTWISE int64_t row_of(int64_t i, int64_t length) {
    return ((i | length) >> 32) == 0 ? static_cast<uint32_t>(i) / static_cast<uint32_t>(length) : i / length;
}
F8NET_ELEMENTWISE int64_t column_of(int64_t i, int64_t length) {
    return ((i | length) >> 32) == 0 ? static_cast<uint32_t>(i) % static_cast<uint32_t>(length) : i % length;
}

/// Of rows of `length` elements; a factor that is null is 1.
template <typename T>
struct ScaleRowsPass {
    static constexpr int kWidth = 1;
    int64_t n;
    bool is_packed;
    const T* x;
    T* out;
    int64_t length;
    const T* gain;
    const T* eta;
    const T* eta_next;

    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t i) const {
        static_assert(kCount == 1);
        out[i] = effective_weight(x[i], gain ? gain[row_of(i, length)] : T(1), eta ? *eta : T(1),
                                  eta_next ? *eta_next : T(1));
    }
};

/// mean that is null is 0, slope 1.
template <typename T>
struct ChannelAffinePass {
    static constexpr int kWidth = kPackWidth<T>;
    int64_t n;
    bool is_packed;
    const T* rows;
    T* out;
    int64_t channels;
    const T* mean;
    const T* slope;
    const T* offset;

    static ChannelAffinePass make(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean,
                                  const T* slope, const T* offset) {
        const bool is_packed = channels % kWidth == 0 && is_aligned<T, kWidth>(rows) && is_aligned<T, kWidth>(out) &&
                               is_aligned<T, kWidth>(mean) && is_aligned<T, kWidth>(slope) &&
                               is_aligned<T, kWidth>(offset);
        return {num_rows * channels, is_packed, rows, out, channels, mean, slope, offset};
    }
    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t first) const {
        const int64_t c = column_of(first, channels);
        auto values = load_share<kCount>(rows + first);
        const auto means = share_or<kCount>(mean, c, T(0)), slopes = share_or<kCount>(slope, c, T(1));
        const auto offsets = load_share<kCount>(offset + c);
        for (int i = 0; i < kCount; ++i) {
            values.values[i] = moments_gradient(values.values[i], means.values[i], slopes.values[i], offsets.values[i]);
        }
        store_share<kCount>(out + first, values);
    }

private:
    template <int kCount>
    F8NET_ELEMENTWISE static Pack<T, kCount> share_or(const T* from, int64_t c, T instead) {
        if (from) return load_share<kCount>(from + c);
        Pack<T, kCount> share;
        for (int i = 0; i < kCount; ++i) share.values[i] = instead;
        return share;
    }
};

}  // namespace f8net
