// SPDX-License-Identifier: Apache-2.0
/// What the sources of libf8net_cuda.so have of each other: the functions of kernels.h, by source file.
#pragma once

#include "core/cuda/kernels.h"

namespace f8net {

/// elements.cu
template <typename T>
struct ElementPart {
    static int quantize(const T* x, T* q, void* codes, int64_t n, const CodeGrid<T>& grid, bool rounds,
                        GpuStream stream);
    static int quantize_as_chosen(const T* x, T* q, void* codes, int64_t n, T highest, bool is_signed,
                                  const LengthChoice* choice, GpuStream stream);
    static int values_of_codes(const void* codes, T* values, int64_t n, bool is_signed, const LengthChoice* choice,
                               GpuStream stream);
    static int pass_by_code(T* gradient, const T* other, const void* codes, int64_t n, T highest, bool is_signed,
                            GpuStream stream);
    static int pass_inside(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid, GpuStream stream);
    static int scale_rows(const T* x, T* out, int64_t num_rows, int64_t length, const T* gain, const T* eta,
                          const T* eta_next, GpuStream stream);
    static int channel_affine(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean, const T* slope,
                              const T* offset, GpuStream stream);
};

/// rectifiers.cu
template <typename T>
struct RectifierPart {
    static int rectify(const T* a, const T* b, T* out, uint8_t* passing, int64_t n, GpuStream stream);
    static int pass_by_bits(const T* grad, const uint8_t* passing, T* out, int64_t n, GpuStream stream);
    static int rectified_max_pool(const T* x, T* out, uint8_t* winners, const PoolWindows& windows, GpuStream stream);
    static int pass_to_winners(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows,
                               GpuStream stream);
};

/// choices.cu
template <typename T>
struct ChoicePart {
    static int by_statistic(const T* x, int64_t n, GpuStatistic statistic, double limit, int largest,
                            LengthChoice* choice, void* workspace, GpuStream stream);
    static int by_errors(const T* x, int64_t n, T highest, bool is_signed, int num_lengths, LengthChoice* choice,
                         void* workspace, GpuStream stream);
};

/// moments.cu
template <typename T>
struct MomentsPart {
    static int channel_moments(const T* rows, int64_t num_rows, int64_t channels, double* mean, double* biased,
                               void* workspace, GpuStream stream);
};

/// channels.cu
template <typename T>
struct ChannelPart {
    static int follow_choice(const LengthChoice* choice, T* running, T added, T kept, int32_t* first_not_finite,
                             int32_t tensor, GpuStream stream);
    static int take_length(const T* running, int largest, LengthChoice* choice, GpuStream stream);
    static int clip_scale(const T* alpha, const T* running, int largest, T span, T* eta, T* slope, GpuStream stream);
    static int weight_gradient(const T* gradient, const T* weight, const void* codes, T* out, int64_t num_rows,
                               int64_t length, const ChannelFold* folds, const T* eta, const T* eta_next, T highest,
                               double* products, GpuStream stream);
    static int fold_channels(const FoldedChannels<T>& all, int64_t channels, GpuStream stream);
    static int unfold_channels(const UnfoldedChannels<T>& all, int64_t channels, GpuStream stream);
};

}  // namespace f8net
