// SPDX-License-Identifier: Apache-2.0
/// What a GPU does for the quantization, as plain pointers into its memory: the interface between libf8net_cuda.so,
/// which nvcc makes without LibTorch, and core/quantization, which has LibTorch and no CUDA. Order    sums are added in
/// an order that depends on the number of elements alone (sum_order.h). Choice   a format is chosen on the device and
/// read there by the pass that quantizes: the host need not wait for it. Errors   every launch returns CUDA's code, 0
/// where it was queued; describe() says what it means. Threads  any; work is queued on `stream`, a cudaStream_t, of the
/// current device.
#pragma once

#include <cstdint>

#include "core/fixedpoint/arithmetic.h"
#include "core/fixedpoint/channel_fold.h"
#include "core/fixedpoint/rectifier.h"
#include "core/fixedpoint/running_length.h"

namespace f8net {

using GpuStream = void*;

/// What was chosen for a tensor, in the device's memory.
struct LengthChoice {
    double value;                    ///< the statistic, or the smallest RMS error
    double errors[kLengthsPerPass];  ///< RMS errors of grid search
    int32_t length;                  ///< fractional length
    int32_t is_clear;                ///< whether rounding of the sums cannot have decided
};

enum class GpuStatistic : int32_t { kStd, kMae, kRms };

/// Forward of a layer's channels, all in the device's memory: mean and biased variance to what folds into the second
/// convolution, running statistics updated on the way. eta_next: null is 1.
template <typename T>
struct FoldedChannels {
    const double* mean;
    const double* variance;
    const T* gamma;
    const T* beta;
    const T* eta_next;
    ChannelFold* folds;
    T* gain;
    T* bias;
    T* running_mean;
    T* running_variance;
    T kept, added, unbiased;  ///< averaged_statistic()
};

/// Backward of them: products of weights and their gradients, and the mean over the pixels of d y, to the gradients of
/// gamma and beta, to d y0 = moments_gradient(y0, mean, slope, offset), and to those of eta and eta_next (null is 1).
template <typename T>
struct UnfoldedChannels {
    const ChannelFold* folds;
    const double* products;
    const double* mean_gradient;
    double pixels;
    const T* eta;
    const T* eta_next;
    T* gamma;
    T* beta;
    T* mean;
    T* slope;
    T* offset;
    T* scales;  ///< two: d eta, d eta_next
};

template <typename T>
class GpuTensorKernels {
public:
    virtual ~GpuTensorKernels() = default;

    /// q = Q(x), or its clamp alone; n elements. `codes`: the codes as bytes (int8 where lo < 0, else uint8), for words
    /// of 8 bits; either output may be null.
    [[nodiscard]] virtual int quantize(const T* x, T* q, void* codes, int64_t n, const CodeGrid<T>& grid, bool rounds,
                                       GpuStream stream) const = 0;
    /// The same with the length that the device has chosen.
    [[nodiscard]] virtual int quantize_as_chosen(const T* x, T* q, void* codes, int64_t n, T highest, bool is_signed,
                                                 const LengthChoice* choice, GpuStream stream) const = 0;
    /// out = grad where the code of q passes, else 0.
    [[nodiscard]] virtual int pass_inside(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid,
                                          GpuStream stream) const = 0;

    /// The longest of 0 .. largest with statistic * 2^length <= limit.   workspace: workspace_bytes(n).
    [[nodiscard]] virtual int choose_by_statistic(const T* x, int64_t n, GpuStatistic statistic, double limit,
                                                  int largest, LengthChoice* choice, void* workspace,
                                                  GpuStream stream) const = 0;
    /// The length of 0 .. num_lengths - 1, at most kLengthsPerPass, with the smallest RMS error, the first on a tie.
    /// float32 sums first; float64 ones, queued behind them, do nothing where the first are clear.
    [[nodiscard]] virtual int choose_by_errors(const T* x, int64_t n, T highest, bool is_signed, int num_lengths,
                                               LengthChoice* choice, void* workspace, GpuStream stream) const = 0;

    /// values = what bytes of codes (int8 where signed, else uint8) stand for with the length that the device has
    /// chosen.
    [[nodiscard]] virtual int values_of_codes(const void* codes, T* values, int64_t n, bool is_signed,
                                              const LengthChoice* choice, GpuStream stream) const = 0;
    /// gradient = gradient (+ other, where it is not null) where the code is inside, else 0.
    [[nodiscard]] virtual int pass_by_code(T* gradient, const T* other, const void* codes, int64_t n, T highest,
                                           bool is_signed, GpuStream stream) const = 0;

    /// A choice follows the batch: *running is averaged with its length (null: nothing is); where its statistic is not
    /// finite, *first_not_finite becomes `tensor` instead, unless it is another's already.
    [[nodiscard]] virtual int follow_choice(const LengthChoice* choice, T* running, T added, T kept,
                                            int32_t* first_not_finite, int32_t tensor, GpuStream stream) const = 0;
    /// The length that a running value stands for, clamped to 0 .. largest; where it is null, `largest`.
    [[nodiscard]] virtual int take_length(const T* running, int largest, LengthChoice* choice,
                                          GpuStream stream) const = 0;
    /// eta of clip_scale(*alpha, 2^length, span) with the length of *running, and its slope by alpha.
    [[nodiscard]] virtual int clip_scale(const T* alpha, const T* running, int largest, T span, T* eta, T* slope,
                                         GpuStream stream) const = 0;

    /// Mean and biased variance per channel, in float64; rows: num_rows x channels, channels fastest.
    /// workspace: moments_workspace_bytes(num_rows, channels).
    [[nodiscard]] virtual int channel_moments(const T* rows, int64_t num_rows, int64_t channels, double* mean,
                                              double* biased, void* workspace, GpuStream stream) const = 0;
    /// out = moments_gradient(rows, mean, slope, offset), per channel; mean that is null is 0, slope 1.
    [[nodiscard]] virtual int channel_affine(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean,
                                             const T* slope, const T* offset, GpuStream stream) const = 0;

    /// out = relu(a), or relu(a + b) where b is not null; out may be a. `passing`: bytes_of_bits(n), a bit where the
    /// gradient passes; null: not wanted.
    [[nodiscard]] virtual int rectify(const T* a, const T* b, T* out, uint8_t* passing, int64_t n,
                                      GpuStream stream) const = 0;
    /// out = grad where its bit is set, else 0.
    [[nodiscard]] virtual int pass_by_bits(const T* grad, const uint8_t* passing, T* out, int64_t n,
                                           GpuStream stream) const = 0;
    /// The max pool of relu(x), and which place of each window won; then the gradient, in the shape of x.
    [[nodiscard]] virtual int rectified_max_pool(const T* x, T* out, uint8_t* winners, const PoolWindows& windows,
                                                 GpuStream stream) const = 0;
    [[nodiscard]] virtual int pass_to_winners(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows,
                                              GpuStream stream) const = 0;

    /// Rows of `length` values, one gain a row: out = effective_weight(x, gain, eta, eta_next). gain, eta, eta_next are
    /// on the device; null is 1.
    [[nodiscard]] virtual int scale_rows(const T* x, T* out, int64_t num_rows, int64_t length, const T* gain,
                                         const T* eta, const T* eta_next, GpuStream stream) const = 0;
    /// Of rows of weights: out = gradient where the code is inside, else 0, times the channel's factor gain * eta /
    /// eta_next; products: sum of those gradients times the weight, per row.
    [[nodiscard]] virtual int weight_gradient(const T* gradient, const T* weight, const void* codes, T* out,
                                              int64_t num_rows, int64_t length, const ChannelFold* folds, const T* eta,
                                              const T* eta_next, T highest, double* products,
                                              GpuStream stream) const = 0;
    [[nodiscard]] virtual int fold_channels(const FoldedChannels<T>& all, int64_t channels, GpuStream stream) const = 0;
    [[nodiscard]] virtual int unfold_channels(const UnfoldedChannels<T>& all, int64_t channels,
                                              GpuStream stream) const = 0;
};

class GpuKernels {
public:
    virtual ~GpuKernels() = default;
    virtual const GpuTensorKernels<float>& of(float) const = 0;
    virtual const GpuTensorKernels<double>& of(double) const = 0;

    virtual int64_t workspace_bytes(int64_t n) const = 0;
    virtual int64_t moments_workspace_bytes(int64_t num_rows, int64_t channels) const = 0;
    virtual const char* describe(int code) const = 0;
    /// "13.0, sm_90 and PTX for 7.5": of the compiler, and the GPUs that it made code for.
    virtual const char* built_for() const = 0;
};

/// What the module exports under the name f8net_gpu_kernels.
using GpuKernelsFactory = const GpuKernels* (*)();

}  // namespace f8net
