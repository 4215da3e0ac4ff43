// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/elementwise_kernels.h"

#include <ATen/record_function.h>

#include <cmath>

#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

struct SumMoments {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* x, int64_t n, Sums* out) {
        Lanes<double> sum[2] = {}, squares[2] = {};
        int64_t i = 0;
        for (; i + 16 <= n; i += 16) {
            for (int half = 0; half < 2; ++half) {
                Lanes<double> v;
                load(x + i + 8 * half, v);
                sum[half] += v;
                squares[half] += v * v;
            }
        }
        out->sum = add_lanes(sum[0]) + add_lanes(sum[1]);
        out->sum_of_squares = add_lanes(squares[0]) + add_lanes(squares[1]);
        for (; i < n; ++i) {
            const double v = x[i];
            out->sum += v;
            out->sum_of_squares += v * v;
        }
    }
};

struct SumMagnitudes {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* x, int64_t n, double* out) {
        Lanes<double> sum[2] = {};
        int64_t i = 0;
        for (; i + 16 <= n; i += 16) {
            for (int half = 0; half < 2; ++half) {
                Lanes<double> v;
                load(x + i + 8 * half, v);
                sum[half] += without_sign<Lanes<double>, Lanes<int64_t>>(v);
            }
        }
        *out = add_lanes(sum[0]) + add_lanes(sum[1]);
        for (; i < n; ++i) *out += std::fabs(static_cast<double>(x[i]));
    }
};

struct QuantizeValues {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict x, T* __restrict q, int64_t n, CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i) q[i] = grid.real(x[i]);
    }
};

struct ClipValues {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict x, T* __restrict q, int64_t n, CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i) q[i] = grid.clip(x[i]);
    }
};

struct PassInside {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict grad, const T* __restrict q, T* __restrict out,
                                                  int64_t n, CodeGrid<T> grid) {
        for (int64_t i = 0; i < n; ++i) out[i] = grid.passes(q[i] * grid.scale) ? grad[i] : T(0);
    }
};

struct ChannelSums {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* rows, int64_t num_rows, int64_t channels, double* sum,
                                                  double* squares) {
        std::fill_n(sum, channels, 0.0);
        std::fill_n(squares, channels, 0.0);
        for (int64_t first = 0, step = rows_in_cache(channels); first < num_rows; first += step)
            add(rows + first * channels, std::min(step, num_rows - first), channels, sum, squares);
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void add(const T* rows, int64_t num_rows, int64_t channels, double* sum,
                                                  double* squares) {
        int64_t c = 0;
        for (; c + 16 <= channels; c += 16) vectors<2>(rows + c, num_rows, channels, sum + c, squares + c);
        for (; c + 8 <= channels; c += 8) vectors<1>(rows + c, num_rows, channels, sum + c, squares + c);
        for (; c < channels; ++c) {
            for (int64_t r = 0; r < num_rows; ++r) {
                const double v = rows[r * channels + c];
                sum[c] += v;
                squares[c] += v * v;
            }
        }
    }

    template <int kVectors, typename T>
    [[gnu::always_inline]] static inline void vectors(const T* rows, int64_t num_rows, int64_t channels, double* sum,
                                                      double* squares) {
        Lanes<double> s[kVectors], q[kVectors];
        std::memcpy(s, sum, sizeof(s));
        std::memcpy(q, squares, sizeof(q));
        for (int64_t r = 0; r < num_rows; ++r) {
            for (int i = 0; i < kVectors; ++i) {
                Lanes<double> v;
                load(rows + r * channels + 8 * i, v);
                s[i] += v;
                q[i] += v * v;
            }
        }
        std::memcpy(sum, s, sizeof(s));
        std::memcpy(squares, q, sizeof(q));
    }
};

struct ChannelAffine {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict rows, T* __restrict out, int64_t num_rows,
                                                  int64_t channels, const T* __restrict mean, const T* __restrict slope,
                                                  const T* __restrict offset) {
        for (int64_t r = 0; r < num_rows; ++r) {
            const T* in = rows + r * channels;
            T* to = out + r * channels;
            for (int64_t c = 0; c < channels; ++c) to[c] = moments_gradient(in[c], mean[c], slope[c], offset[c]);
        }
    }
};

struct ScaleRows {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict x, T* __restrict out, int64_t num_rows,
                                                  int64_t length, const T* __restrict gain, T eta, T eta_next) {
        for (int64_t r = 0; r < num_rows; ++r) {
            const T g = gain[r];
            for (int64_t i = r * length; i < (r + 1) * length; ++i) out[i] = effective_weight(x[i], g, eta, eta_next);
        }
    }
};

struct ScaleRowsWithProducts {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict grad, const T* __restrict x, T* __restrict out,
                                                  int64_t num_rows, int64_t length, const T* __restrict factor,
                                                  double* products) {
        for (int64_t r = 0; r < num_rows; ++r, grad += length, x += length, out += length) {
            const T f = factor[r];
            Lanes<double> sum = {};
            int64_t i = 0;
            for (; i + 8 <= length; i += 8) {
                Lanes<double> g, v;
                load(grad + i, g);
                load(x + i, v);
                sum += g * v;
                for (int lane = 0; lane < 8; ++lane) out[i + lane] = grad[i + lane] * f;
            }
            double product = add_lanes(sum);
            for (; i < length; ++i) {
                product += static_cast<double>(grad[i]) * static_cast<double>(x[i]);
                out[i] = grad[i] * f;
            }
            products[r] = product;
        }
    }
};

struct ToRowMajor {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const T* __restrict x, T* __restrict out, int64_t num_rows,
                                                  int64_t taps, int64_t channels) {
        for (int64_t r = 0; r < num_rows; ++r, x += taps * channels, out += taps * channels) {
            for (int64_t c = 0; c < channels; ++c) {
                for (int64_t tap = 0; tap < taps; ++tap) out[c * taps + tap] = x[tap * channels + c];
            }
        }
    }
};

constexpr int64_t kGrain = 32768;  // elements below which a second thread is not worth its start

}  // namespace

template <typename T>
Sums sum_moments(const T* x, int64_t n) {
    RECORD_FUNCTION("f8net::sum_moments", c10::ArrayRef<const c10::IValue>{});
    Sums total;
    for (const Sums& part : for_each_part<Sums>(
             n, [&](int64_t first, int64_t count, Sums*out) { run<SumMoments>(x + first, count, out); })) {
        total.add(part);
    }
    return total;
}

template <typename T>
double sum_magnitudes(const T* x, int64_t n) {
    RECORD_FUNCTION("f8net::sum_magnitudes", c10::ArrayRef<const c10::IValue>{});
    double total = 0;
    for (const double part : for_each_part<double>(
             n, [&](int64_t first, int64_t count, double*out) { run<SumMagnitudes>(x + first, count, out); })) {
        total += part;
    }
    return total;
}

template <typename T>
void quantize_values(const T* x, T* q, int64_t n, const CodeGrid<T>& grid) {
    RECORD_FUNCTION("f8net::quantize_values", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, n, kGrain,
                     [&](int64_t begin, int64_t end) { run<QuantizeValues>(x + begin, q + begin, end - begin, grid); });
}

template <typename T>
void clip_values(const T* x, T* q, int64_t n, const CodeGrid<T>& grid) {
    RECORD_FUNCTION("f8net::clip_values", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, n, kGrain,
                     [&](int64_t begin, int64_t end) { run<ClipValues>(x + begin, q + begin, end - begin, grid); });
}

template <typename T>
void pass_inside(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid) {
    RECORD_FUNCTION("f8net::pass_inside", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, n, kGrain, [&](int64_t begin, int64_t end) {
        run<PassInside>(grad + begin, q + begin, out + begin, end - begin, grid);
    });
}

template <typename T>
void channel_moments(const T* rows, int64_t num_rows, int64_t channels, double* mean, double* variance) {
    RECORD_FUNCTION("f8net::channel_moments", c10::ArrayRef<const c10::IValue>{});
    const int64_t rows_per_part = std::max<int64_t>(1, kPart / channels);
    const int64_t parts = (num_rows + rows_per_part - 1) / rows_per_part;
    std::vector<double> sums(static_cast<size_t>(parts * channels * 2));
    at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
        for (int64_t p = begin; p < end; ++p) {
            double* out = sums.data() + p * channels * 2;
            const int64_t first = p * rows_per_part;
            run<ChannelSums>(rows + first * channels, std::min(rows_per_part, num_rows - first), channels, out,
                             out + channels);
        }
    });
    for (int64_t c = 0; c < channels; ++c) {
        Sums total;
        for (int64_t p = 0; p < parts; ++p) {
            const double* part = sums.data() + p * channels * 2;
            total.add(Sums{part[c], part[channels + c]});
        }
        mean[c] = total.mean(static_cast<double>(num_rows));
        variance[c] = total.biased_variance(static_cast<double>(num_rows));
    }
}

template <typename T>
void channel_affine(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean, const T* slope,
                    const T* offset) {
    RECORD_FUNCTION("f8net::channel_affine", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / channels), [&](int64_t begin, int64_t end) {
        run<ChannelAffine>(rows + begin * channels, out + begin * channels, end - begin, channels, mean, slope, offset);
    });
}

template <typename T>
void scale_rows(const T* x, T* out, int64_t num_rows, int64_t length, const T* gain, T eta, T eta_next) {
    RECORD_FUNCTION("f8net::scale_rows", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / length), [&](int64_t begin, int64_t end) {
        run<ScaleRows>(x + begin * length, out + begin * length, end - begin, length, gain + begin, eta, eta_next);
    });
}

template <typename T>
void scale_rows(const T* x, T* out, T* row_major, int64_t num_rows, int64_t taps, int64_t channels, const T* gain,
                T eta, T eta_next) {
    RECORD_FUNCTION("f8net::scale_rows", c10::ArrayRef<const c10::IValue>{});
    const int64_t length = taps * channels;
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / length), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {  // a row is in the cache when it is read again
            run<ScaleRows>(x + r * length, out + r * length, int64_t{1}, length, gain + r, eta, eta_next);
            run<ToRowMajor>(static_cast<const T*>(out + r * length), row_major + r * length, int64_t{1}, taps,
                            channels);
        }
    });
}

template <typename T>
void scale_rows_with_products(const T* grad, const T* x, T* out, int64_t num_rows, int64_t length, const T* factor,
                              double* products) {
    RECORD_FUNCTION("f8net::scale_rows_with_products", c10::ArrayRef<const c10::IValue>{});
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / length), [&](int64_t begin, int64_t end) {
        run<ScaleRowsWithProducts>(grad + begin * length, x + begin * length, out + begin * length, end - begin, length,
                                   factor + begin, products + begin);
    });
}

template <typename T>
void to_row_major(const T* x, T* out, int64_t num_rows, int64_t taps, int64_t channels) {
    RECORD_FUNCTION("f8net::to_row_major", c10::ArrayRef<const c10::IValue>{});
    const int64_t length = taps * channels;
    at::parallel_for(0, num_rows, std::max<int64_t>(1, kGrain / length), [&](int64_t begin, int64_t end) {
        run<ToRowMajor>(x + begin * length, out + begin * length, end - begin, taps, channels);
    });
}

#define F8NET_INSTANTIATE(T)                                                                       \
    template Sums sum_moments<T>(const T*, int64_t);                                               \
    template double sum_magnitudes<T>(const T*, int64_t);                                          \
    template void quantize_values<T>(const T*, T*, int64_t, const CodeGrid<T>&);                   \
    template void clip_values<T>(const T*, T*, int64_t, const CodeGrid<T>&);                       \
    template void pass_inside<T>(const T*, const T*, T*, int64_t, const CodeGrid<T>&);             \
    template void channel_moments<T>(const T*, int64_t, int64_t, double*, double*);                \
    template void channel_affine<T>(const T*, T*, int64_t, int64_t, const T*, const T*, const T*); \
    template void scale_rows<T>(const T*, T*, int64_t, int64_t, const T*, T, T);                   \
    template void scale_rows<T>(const T*, T*, T*, int64_t, int64_t, int64_t, const T*, T, T);      \
    template void to_row_major<T>(const T*, T*, int64_t, int64_t, int64_t);                        \
    template void scale_rows_with_products<T>(const T*, const T*, T*, int64_t, int64_t, const T*, double*);
F8NET_INSTANTIATE(float)
F8NET_INSTANTIATE(double)

}  // namespace f8net
