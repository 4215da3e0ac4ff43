// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/rectifier_kernels.h"

#include <ATen/record_function.h>

#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

constexpr int64_t kGrain = 32768;  // elements below which a second thread is not worth its start
static_assert(kGrain % kElementsPerByte == 0);

template <typename T>
using LaneBits = Lanes<std::conditional_t<sizeof(T) == 4, int32_t, int64_t>>;

/// Lanes of 0 and -1 to a byte, the first in the lowest bit.
template <typename Truths>
[[gnu::always_inline]] inline uint8_t as_bits(const Truths& truths) {
    const auto bytes = __builtin_convertvector(truths, Lanes<int8_t>);
    uint64_t word;
    std::memcpy(&word, &bytes, sizeof(word));
    // Byte i's lowest bit times 2^(56 - 7 i) lands in bit 56 + i, and nothing else does.
    return static_cast<uint8_t>(((word & 0x0101010101010101u) * 0x0102040810204080u) >> 56);
}

struct Rectify {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* a, const T* b, T* out, uint8_t* passing, int64_t n) {
        int64_t i = 0;
        for (; i + kElementsPerByte <= n; i += kElementsPerByte) step(a, b, out, passing, i, kElementsPerByte);
        if (i < n) step(a, b, out, passing, i, n - i);
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void step(const T* a, const T* b, T* out, uint8_t* passing, int64_t i,
                                                   int64_t count) {
        const auto size = static_cast<size_t>(count) * sizeof(T);
        Lanes<T> x{}, added{};
        std::memcpy(&x, a + i, size);
        if (b != nullptr) {
            std::memcpy(&added, b + i, size);
            x += added;
        }
        if (passing != nullptr) passing[i / kElementsPerByte] = as_bits(passes_rectifier(x));
        x = rectified(x);
        std::memcpy(out + i, &x, size);
    }
};

struct PassByBits {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* grad, const uint8_t* passing, T* out, int64_t n) {
        int64_t i = 0;
        for (; i + kElementsPerByte <= n; i += kElementsPerByte) step(grad, passing, out, i, kElementsPerByte);
        if (i < n) step(grad, passing, out, i, n - i);
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void step(const T* grad, const uint8_t* passing, T* out, int64_t i,
                                                   int64_t count) {
        const auto size = static_cast<size_t>(count) * sizeof(T);
        constexpr LaneBits<T> kBits = {1, 2, 4, 8, 16, 32, 64, 128};
        Lanes<T> passed{};
        std::memcpy(&passed, grad + i, size);
        passed = (kBits & passing[i / kElementsPerByte]) != 0 ? passed : Lanes<T>{};
        std::memcpy(out + i, &passed, size);
    }
};

/// Output rows first .. last - 1, counted over all images.
struct RectifiedMaxPool {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* x, T* out, uint8_t* winners, const PoolWindows* shape,
                                                  int64_t first, int64_t last) {
        const PoolWindows windows = *shape;
        const int64_t channels = windows.channels;
        for (int64_t row = first; row < last; ++row) {
            const int64_t out_row = row % windows.out_height;
            const T* plane = x + row / windows.out_height * windows.height * windows.width * channels;
            for (int64_t out_column = 0; out_column < windows.out_width; ++out_column) {
                const int64_t pixel = (row * windows.out_width + out_column) * channels;
                see_window(plane, out + pixel, winners + pixel, windows, out_row, out_column);
            }
        }
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void see_window(const T* plane, T* __restrict out, uint8_t* __restrict winners,
                                                         const PoolWindows& windows, int64_t out_row,
                                                         int64_t out_column) {
        const int64_t channels = windows.channels;
        const auto none = RectifiedMaximum<T>::none();
        std::fill_n(out, channels, none.value);
        std::fill_n(winners, channels, none.place);
        const auto rows = windows.inside(out_row, windows.height);
        const auto columns = windows.inside(out_column, windows.width);
        for (int64_t r = rows.begin; r < rows.end; ++r) {
            for (int64_t c = columns.begin; c < columns.end; ++c) {
                const T* __restrict values = plane + (r * windows.width + c) * channels;
                const uint8_t place = windows.place(r, c, out_row, out_column);
                for (int64_t i = 0; i < channels; ++i) {
                    RectifiedMaximum<T> best{out[i], winners[i]};
                    best.see(values[i], place);
                    out[i] = best.value;
                    winners[i] = best.place;
                }
            }
        }
    }
};

/// Input rows first .. last - 1, counted over all images.
struct PassToWinners {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* grad, const uint8_t* winners, T* out,
                                                  const PoolWindows* shape, int64_t first, int64_t last) {
        const PoolWindows windows = *shape;
        const int64_t channels = windows.channels;
        for (int64_t row = first; row < last; ++row) {
            const int64_t in_row = row % windows.height;
            const int64_t plane = row / windows.height * windows.out_height * windows.out_width * channels;
            for (int64_t column = 0; column < windows.width; ++column) {
                sum_windows(grad + plane, winners + plane, out + (row * windows.width + column) * channels, windows,
                            in_row, column);
            }
        }
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void sum_windows(const T* grad, const uint8_t* winners, T* __restrict out,
                                                          const PoolWindows& windows, int64_t row, int64_t column) {
        const int64_t channels = windows.channels;
        std::fill_n(out, channels, T(0));
        const auto rows = windows.windows_over(row, windows.out_height);
        const auto columns = windows.windows_over(column, windows.out_width);
        for (int64_t r = rows.begin; r < rows.end; ++r) {
            for (int64_t c = columns.begin; c < columns.end; ++c) {
                const int64_t pixel = (r * windows.out_width + c) * channels;
                const T* __restrict from = grad + pixel;
                const uint8_t* __restrict won = winners + pixel;
                const uint8_t place = windows.place(row, column, r, c);
                for (int64_t i = 0; i < channels; ++i) out[i] += won[i] == place ? from[i] : T(0);
            }
        }
    }
};

}  // namespace

template <typename T>
void rectify(const T* a, const T* b, T* out, uint8_t* passing, int64_t n) {
    RECORD_FUNCTION("f8net::rectify", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, bytes_of_bits(n), kGrain / kElementsPerByte, [&](int64_t first_byte, int64_t last_byte) {
        const int64_t begin = first_byte * kElementsPerByte, end = std::min(last_byte * kElementsPerByte, n);
        run<Rectify>(a + begin, b != nullptr ? b + begin : nullptr, out + begin,
                     passing != nullptr ? passing + first_byte : nullptr, end - begin);
    });
}

template <typename T>
void pass_by_bits(const T* grad, const uint8_t* passing, T* out, int64_t n) {
    RECORD_FUNCTION("f8net::pass_by_bits", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, bytes_of_bits(n), kGrain / kElementsPerByte, [&](int64_t first_byte, int64_t last_byte) {
        const int64_t begin = first_byte * kElementsPerByte, end = std::min(last_byte * kElementsPerByte, n);
        run<PassByBits>(grad + begin, passing + first_byte, out + begin, end - begin);
    });
}

template <typename T>
void rectified_max_pool(const T* x, T* out, uint8_t* winners, const PoolWindows& windows) {
    RECORD_FUNCTION("f8net::rectified_max_pool", c10::ArrayRef<const c10::IValue>{});
    const int64_t row = std::max<int64_t>(1, windows.out_width * windows.channels);
    at::parallel_for(0, windows.images * windows.out_height, std::max<int64_t>(1, kGrain / row),
                     [&](int64_t begin, int64_t end) { run<RectifiedMaxPool>(x, out, winners, &windows, begin, end); });
}

template <typename T>
void pass_to_winners(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows) {
    RECORD_FUNCTION("f8net::pass_to_winners", c10::ArrayRef<const c10::IValue>{});
    const int64_t row = std::max<int64_t>(1, windows.width * windows.channels);
    at::parallel_for(0, windows.images * windows.height, std::max<int64_t>(1, kGrain / row),
                     [&](int64_t begin, int64_t end) { run<PassToWinners>(grad, winners, out, &windows, begin, end); });
}

#define F8NET_INSTANTIATE(T)                                                         \
    template void rectify<T>(const T*, const T*, T*, uint8_t*, int64_t);             \
    template void pass_by_bits<T>(const T*, const uint8_t*, T*, int64_t);            \
    template void rectified_max_pool<T>(const T*, T*, uint8_t*, const PoolWindows&); \
    template void pass_to_winners<T>(const T*, const uint8_t*, T*, const PoolWindows&);
F8NET_INSTANTIATE(float)
F8NET_INSTANTIATE(double)

}  // namespace f8net
