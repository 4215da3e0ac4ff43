// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/channel_kernels.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <vector>

#include "core/fixedpoint/arithmetic.h"
#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

constexpr int64_t kGrain = 32768;  // elements below which a second thread is not worth its start

struct ChannelProducts {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* gradient, const T* y, int64_t num_rows, int64_t channels,
                                                  double* sums, double* products) {
        std::fill_n(sums, channels, 0.0);
        std::fill_n(products, channels, 0.0);
        for (int64_t first = 0, step = rows_in_cache(channels); first < num_rows; first += step)
            add(gradient + first * channels, y + first * channels, std::min(step, num_rows - first), channels, sums,
                products);
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void add(const T* gradient, const T* y, int64_t num_rows, int64_t channels,
                                                  double* sums, double* products) {
        int64_t c = 0;
        for (; c + 16 <= channels; c += 16) vectors<2>(gradient + c, y + c, num_rows, channels, sums + c, products + c);
        for (; c + 8 <= channels; c += 8) vectors<1>(gradient + c, y + c, num_rows, channels, sums + c, products + c);
        for (; c < channels; ++c) {
            for (int64_t r = 0; r < num_rows; ++r) {
                const double g = gradient[r * channels + c];
                sums[c] += g;
                products[c] += g * static_cast<double>(y[r * channels + c]);
            }
        }
    }

    template <int kVectors, typename T>
    [[gnu::always_inline]] static inline void vectors(const T* gradient, const T* y, int64_t num_rows, int64_t channels,
                                                      double* sums, double* products) {
        Lanes<double> s[kVectors], p[kVectors];
        std::memcpy(s, sums, sizeof(s));
        std::memcpy(p, products, sizeof(p));
        for (int64_t r = 0; r < num_rows; ++r) {
            for (int i = 0; i < kVectors; ++i) {
                Lanes<double> g, v;
                load(gradient + r * channels + 8 * i, g);
                load(y + r * channels + 8 * i, v);
                s[i] += g;
                p[i] += g * v;
            }
        }
        std::memcpy(sums, s, sizeof(s));
        std::memcpy(products, p, sizeof(p));
    }
};

struct AddToChannels {
    template <typename T>
    [[gnu::always_inline]] static inline void run(T* __restrict y, int64_t num_rows, int64_t channels,
                                                  const T* __restrict bias) {
        for (int64_t r = 0; r < num_rows; ++r, y += channels) {
            for (int64_t c = 0; c < channels; ++c) y[c] += bias[c];
        }
    }
};

struct MergeGradients {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict gradient, T* __restrict y, T* __restrict merged,
                                                  int64_t num_rows, int64_t channels, const T* __restrict mean,
                                                  const T* __restrict slope, const T* __restrict offset,
                                                  const T* __restrict gain) {
        for (int64_t r = 0; r < num_rows; ++r, gradient += channels, y += channels, merged += channels) {
            for (int64_t c = 0; c < channels; ++c) {
                const T through = moments_gradient(y[c], mean[c], slope[c], offset[c]);
                y[c] = through;
                merged[c] = gradient[c] * gain[c] + through;
            }
        }
    }
};

struct MergeGradientsToPair {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict gradient, const T* __restrict y,
                                                  T* __restrict pair, T* __restrict merged, int64_t num_rows,
                                                  int64_t channels, const T* __restrict mean, const T* __restrict slope,
                                                  const T* __restrict offset, const T* __restrict gain) {
        for (int64_t r = 0; r < num_rows;
             ++r, gradient += channels, y += channels, pair += 2 * channels, merged += channels) {
            for (int64_t c = 0; c < channels; ++c) {
                const T through = moments_gradient(y[c], mean[c], slope[c], offset[c]);
                pair[c] = gradient[c];
                pair[channels + c] = through;
                merged[c] = gradient[c] * gain[c] + through;
            }
        }
    }
};

}  // namespace

template <typename T>
void channel_products(const T* gradient, const T* y, int64_t num_rows, int64_t channels, double* sums,
                      double* products) {
    RECORD_FUNCTION("f8net::channel_products", c10::ArrayRef<const c10::IValue>{});
    const int64_t rows_per_part = std::max<int64_t>(1, kPart / channels);
    const int64_t parts = (num_rows + rows_per_part - 1) / rows_per_part;
    std::vector<double> partial(static_cast<size_t>(parts * channels * 2));
    at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; ++p) {
            double* out = partial.data() + p * channels * 2;
            const int64_t first = p * rows_per_part;
            run<ChannelProducts>(gradient + first * channels, y + first * channels,
                                 std::min(rows_per_part, num_rows - first), channels, out, out + channels);
        }
    });
    std::fill_n(sums, channels, 0.0);
    std::fill_n(products, channels, 0.0);
    for (int64_t p = 0; p < parts; ++p) {
        const double* part = partial.data() + p * channels * 2;
        for (int64_t c = 0; c < channels; ++c) {
            sums[c] += part[c];
            products[c] += part[channels + c];
        }
    }
}

template <typename T>
void merge_gradients(const T* gradient, T* y, T* merged, int64_t num_rows, int64_t channels, const T* mean,
                     const T* slope, const T* offset, const T* gain) {
    RECORD_FUNCTION("f8net::merge_gradients", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / channels), [&](int64_t begin, int64_t end) {
        const int64_t first = begin * channels;
        run<MergeGradients>(gradient + first, y + first, merged + first, end - begin, channels, mean, slope, offset,
                            gain);
    });
}

template <typename T>
void merge_gradients_to_pair(const T* gradient, const T* y, T* pair, T* merged, int64_t num_rows, int64_t channels,
                             const T* mean, const T* slope, const T* offset, const T* gain) {
    RECORD_FUNCTION("f8net::merge_gradients", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / channels), [&](int64_t begin, int64_t end) {
        const int64_t first = begin * channels;
        run<MergeGradientsToPair>(gradient + first, y + first, pair + 2 * first, merged + first, end - begin, channels,
                                  mean, slope, offset, gain);
    });
}

template <typename T>
void add_to_channels(T* y, int64_t num_rows, int64_t channels, const T* bias) {
    RECORD_FUNCTION("f8net::add_to_channels", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / channels), [&](int64_t begin, int64_t end) {
        run<AddToChannels>(y + begin * channels, end - begin, channels, bias);
    });
}

#define F8NET_INSTANTIATE(T)                                                                                      \
    template void channel_products<T>(const T*, const T*, int64_t, int64_t, double*, double*);                    \
    template void merge_gradients<T>(const T*, T*, T*, int64_t, int64_t, const T*, const T*, const T*, const T*); \
    template void merge_gradients_to_pair<T>(const T*, const T*, T*, T*, int64_t, int64_t, const T*, const T*,    \
                                             const T*, const T*);                                                 \
    template void add_to_channels<T>(T*, int64_t, int64_t, const T*);
F8NET_INSTANTIATE(float)
F8NET_INSTANTIATE(double)

}  // namespace f8net
