// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/code_kernels.h"

#include <ATen/record_function.h>

#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

constexpr int64_t kGrain = 32768;  // elements below which a second thread is not worth its start

struct ToBytes {
    template <typename T, typename Byte>
    [[gnu::always_inline]] static inline void run(const T* __restrict x, Byte* __restrict codes, int64_t n,
                                                  CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i) codes[i] = grid.template byte_of<Byte>(grid.code(x[i]));
    }
};

struct QuantizeToBytes {
    template <typename T, typename Byte>
    [[gnu::always_inline]] static inline void run(const T* __restrict x, T* __restrict q, Byte* __restrict codes,
                                                  int64_t n, CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i) {
            const T code = grid.code(x[i]);
            q[i] = code * grid.inverse;
            codes[i] = grid.template byte_of<Byte>(code);
        }
    }
};

/// The number found, which may be up to 63 beyond `most`.
struct FindEdgeCodes {
    static constexpr int64_t kBlock = 64;
    [[gnu::always_inline]] static inline void run(const int8_t* codes, int64_t n, int8_t highest, int64_t most,
                                                  int64_t* places, int64_t* found) {
        int64_t count = 0;
        for (int64_t first = 0; first < n && count <= most; first += kBlock) {
            const int64_t last = std::min(first + kBlock, n);
            if (last - first == kBlock) {
                uint8_t any = 0;
                for (int64_t i = 0; i < kBlock; ++i)
                    any |= static_cast<uint8_t>((codes[first + i] == highest) | (codes[first + i] == -highest));
                if (any == 0) continue;
            }
            for (int64_t i = first; i < last; ++i) {
                places[count] = i;
                count += (codes[i] == highest) | (codes[i] == -highest);
            }
        }
        *found = count;
    }
};

struct ValuesOfBytes {
    template <typename T, typename Byte>
    [[gnu::always_inline]] static inline void run(const Byte* __restrict codes, T* __restrict q, int64_t n,
                                                  CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i) q[i] = grid.real_of(codes[i]);
    }
};

struct PassByCode {
    template <typename T, typename Byte>
    [[gnu::always_inline]] static inline void run(T* __restrict gradient, const Byte* __restrict codes, int64_t n,
                                                  CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i) gradient[i] = grid.passes(static_cast<T>(codes[i])) ? gradient[i] : T(0);
    }
};

struct PassSumByCode {
    template <typename T, typename Byte>
    [[gnu::always_inline]] static inline void run(T* __restrict gradient, const T* __restrict other,
                                                  const Byte* __restrict codes, int64_t n, CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i)
            gradient[i] = grid.passes(static_cast<T>(codes[i])) ? gradient[i] + other[i] : T(0);
    }
};

struct PassByCodeWithOffset {
    template <typename T, typename Byte>
    [[gnu::always_inline]] static inline void run(T* __restrict gradient, const Byte* __restrict codes,
                                                  int64_t num_rows, int64_t channels, const T* __restrict offset,
                                                  CodeGrid<T> grid) {
        for (int64_t r = 0; r < num_rows; ++r, gradient += channels, codes += channels) {
            for (int64_t c = 0; c < channels; ++c)
                gradient[c] = grid.passes(static_cast<T>(codes[c])) ? gradient[c] + offset[c] : T(0);
        }
    }
};

/// body(a value of the type that the bytes have).
template <typename T, typename Body>
void with_byte_of(const CodeGrid<T>& grid, const Body& body) {
    if (grid.lo < 0) {
        body(int8_t{});
    } else {
        body(uint8_t{});
    }
}

}  // namespace

template <typename T>
void quantize_to_bytes(const T* x, T* q, void* codes, int64_t n, const CodeGrid<T>& grid) {
    RECORD_FUNCTION("f8net::quantize_to_bytes", c10::ArrayRef<const c10::IValue>{});
    with_byte_of(grid, [&](auto byte) {
        auto* bytes = static_cast<decltype(byte)*>(codes);
        at::parallel_for(0, n, kGrain, [&](int64_t begin, int64_t end) {
            if (q == nullptr) {
                run<ToBytes>(x + begin, bytes + begin, end - begin, grid);
            } else {
                run<QuantizeToBytes>(x + begin, q + begin, bytes + begin, end - begin, grid);
            }
        });
    });
}

std::optional<std::vector<int64_t>> find_edge_codes(const int8_t* codes, int64_t n, int8_t highest, int64_t most) {
    std::vector<int64_t> places(static_cast<size_t>(most + FindEdgeCodes::kBlock + 1));
    int64_t found = 0;
    run<FindEdgeCodes>(codes, n, highest, most, places.data(), &found);
    if (found > most) return std::nullopt;
    places.resize(static_cast<size_t>(found));
    return places;
}

template <typename T>
void bytes_to_values(std::initializer_list<BytesToValues<T>> tensors) {
    RECORD_FUNCTION("f8net::bytes_to_values", c10::ArrayRef<const c10::IValue>{});
    for (const BytesToValues<T>& tensor : tensors) {
        with_byte_of(tensor.grid, [&](auto byte) {
            const auto* bytes = static_cast<const decltype(byte)*>(tensor.codes);
            at::parallel_for(0, tensor.n, kGrain, [&](int64_t begin, int64_t end) {
                run<ValuesOfBytes>(bytes + begin, tensor.values + begin, end - begin, tensor.grid);
            });
        });
    }
}

template <typename T>
void pass_by_code(T* gradient, const T* other, const T* offset, const void* codes, int64_t num_rows, int64_t channels,
                  const CodeGrid<T>& grid) {
    RECORD_FUNCTION("f8net::pass_by_code", c10::ArrayRef<const c10::IValue>{});
    with_byte_of(grid, [&](auto byte) {
        const auto* bytes = static_cast<const decltype(byte)*>(codes);
        if (offset != nullptr) {
            at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / channels), [&](int64_t begin, int64_t end) {
                run<PassByCodeWithOffset>(gradient + begin * channels, bytes + begin * channels, end - begin, channels,
                                          offset, grid);
            });
            return;
        }
        at::parallel_for(0, num_rows * channels, kGrain, [&](int64_t begin, int64_t end) {
            if (other != nullptr) {
                run<PassSumByCode>(gradient + begin, other + begin, bytes + begin, end - begin, grid);
            } else {
                run<PassByCode>(gradient + begin, bytes + begin, end - begin, grid);
            }
        });
    });
}

#define F8NET_INSTANTIATE(T)                                                              \
    template void quantize_to_bytes<T>(const T*, T*, void*, int64_t, const CodeGrid<T>&); \
    template void bytes_to_values<T>(std::initializer_list<BytesToValues<T>>);            \
    template void pass_by_code<T>(T*, const T*, const T*, const void*, int64_t, int64_t, const CodeGrid<T>&);
F8NET_INSTANTIATE(float)
F8NET_INSTANTIATE(double)

}  // namespace f8net
