// SPDX-License-Identifier: Apache-2.0
/// The passes of a training step over channels, weights and lengths, with everything that they need in the device's
/// memory, so that the host waits for none of it: what folds into the second convolution, what unfolds from its
/// gradients, the running fractional length and the clipping scale.
/// Arithmetic core/fixedpoint/channel_fold.h, running_length.h, clip_scale.h.   Order  of sums: sum_order.h.
/// Shapes   per channel: [channels]; scales: one value, null is 1.   Threads  pure, host and device.
#pragma once

#include "core/cuda/kernels.h"
#include "core/cuda/sum_order.h"

namespace f8net {

/// A thread a channel: statistics of the first convolution to gain, bias and running statistics.
template <typename T>
struct FoldPass {
    static constexpr int kWidth = 1;
    int64_t n;
    bool is_packed;
    FoldedChannels<T> all;

    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t c) const {
        static_assert(kCount == 1);
        ChannelFold fold;
        fold.mean = all.mean[c];
        fold.variance = all.variance[c];
        fold.fold(all.gamma[c], all.beta[c], all.eta_next ? *all.eta_next : T(1));
        all.folds[c] = fold;
        all.gain[c] = static_cast<T>(fold.gain);
        all.bias[c] = static_cast<T>(fold.bias);
        all.running_mean[c] =
            averaged_statistic(all.running_mean[c], static_cast<T>(fold.mean), all.kept, all.added, T(1));
        all.running_variance[c] = averaged_statistic(all.running_variance[c], static_cast<T>(fold.variance), all.kept,
                                                     all.added, all.unbiased);
    }
};

/// One part: gradients of all channels, and their sums for the scales.
template <typename T>
struct UnfoldPass {
    static constexpr int kCount = 2;
    int64_t channels;
    UnfoldedChannels<T> all;

    F8NET_ELEMENTWISE PartialSums<kCount> of_thread(int64_t, int thread) const {
        auto sums = PartialSums<kCount>::zero();
        const double eta = all.eta ? static_cast<double>(*all.eta) : 1.0;
        const double eta_next = all.eta_next ? static_cast<double>(*all.eta_next) : 1.0;
        for (int64_t c = thread; c < channels; c += kSumThreads) {
            const auto d = ChannelGradient::unfold(all.folds[c], all.products[c], all.mean_gradient[c] * all.pixels,
                                                   eta, eta_next);
            all.gamma[c] = static_cast<T>(d.gamma);
            all.beta[c] = static_cast<T>(d.beta);
            all.mean[c] = static_cast<T>(all.folds[c].mean);
            all.slope[c] = static_cast<T>(moments_slope(d.variance, all.pixels));
            all.offset[c] = static_cast<T>(moments_offset(d.mean, all.pixels));
            sums.values[0] += d.eta;
            sums.values[1] += d.eta_next;
        }
        return sums;
    }
    F8NET_ELEMENTWISE void finish(const PartialSums<kCount>& total) const {
        all.scales[0] = static_cast<T>(total.values[0]);
        all.scales[1] = static_cast<T>(total.values[1]);
    }
};

/// A block a row of weights: the second convolution's gradient, where its weight is not clipped, times the weight's
/// factor; and its product with the weight, summed up.
template <typename T>
struct WeightGradientPass {
    static constexpr int kCount = 1;
    int64_t length;
    const T* gradient;
    const T* weight;
    const int8_t* codes;
    T* out;
    const ChannelFold* folds;
    const T* eta;
    const T* eta_next;
    T highest;
    double* products;

    F8NET_ELEMENTWISE PartialSums<kCount> of_thread(int64_t row, int thread) const {
        const double in = eta ? static_cast<double>(*eta) : 1.0;
        const double next = eta_next ? static_cast<double>(*eta_next) : 1.0;
        const T factor = static_cast<T>(folds[row].weight_factor(in, next));
        const auto grid = CodeGrid<T>::make(0, highest, true);
        auto sums = PartialSums<kCount>::zero();
        for (int64_t i = row * length + thread; i < (row + 1) * length; i += kSumThreads) {
            const T passed = grid.passes(static_cast<T>(codes[i])) ? gradient[i] : T(0);
            out[i] = passed * factor;
            sums.values[0] += static_cast<double>(passed) * static_cast<double>(weight[i]);
        }
        return sums;
    }
    F8NET_ELEMENTWISE void finish(int64_t row, const PartialSums<kCount>& total) const {
        products[row] = total.values[0];
    }
};

/// One thread: a running length and the note of what is not finite follow a choice.
template <typename T>
struct FollowChoicePass {
    static constexpr int kWidth = 1;
    int64_t n;
    bool is_packed;
    const LengthChoice* choice;
    T* running;
    T added;
    T kept;
    int32_t* first_not_finite;
    int32_t tensor;

    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t) const {
        static_assert(kCount == 1);
        if (choice->value - choice->value != 0) {
            if (*first_not_finite == 0) *first_not_finite = tensor;
        } else if (running) {
            *running = averaged_length(*running, choice->length, added, kept);
        }
    }
};

/// One thread: the length that a running value stands for, or a given one.
template <typename T>
struct TakeLengthPass {
    static constexpr int kWidth = 1;
    int64_t n;
    bool is_packed;
    const T* running;
    int largest;
    LengthChoice* choice;

    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t) const {
        static_assert(kCount == 1);
        choice->value = 0;
        choice->is_clear = 1;
        choice->length = running ? rounded_length(static_cast<double>(*running), largest) : largest;
    }
};

/// One thread: eta and its slope by alpha.
template <typename T>
struct ClipScalePass {
    static constexpr int kWidth = 1;
    int64_t n;
    bool is_packed;
    const T* alpha;
    const T* running;
    int largest;
    T span;
    T* eta;
    T* slope;

    template <int kCount>
    F8NET_ELEMENTWISE void apply(int64_t) const {
        static_assert(kCount == 1);
        const int length = rounded_length(static_cast<double>(*running), largest);
        const T scale = static_cast<T>(int64_t{1} << length), level = *alpha;
        *eta = clip_scale(level, scale, span);
        *slope = (level > T(0) ? scale : level < T(0) ? -scale : T(0)) / span;
    }
};

}  // namespace f8net
