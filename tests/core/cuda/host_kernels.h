// SPDX-License-Identifier: Apache-2.0
/// The passes of core/cuda gone through on the host, thread by thread, in the order in which a GPU does: everything of
/// the kernels but their launches. Access: made around every touch of the memory that they are given.
#pragma once

#include <algorithm>
#include <vector>

#include "core/cuda/channel_passes.h"
#include "core/cuda/choice_passes.h"
#include "core/cuda/element_passes.h"
#include "core/cuda/kernels.h"
#include "core/cuda/moments_pass.h"
#include "core/cuda/rectifier_passes.h"

namespace f8net {

/// May be touched at any time.
struct HostMemory {
    HostMemory() {}  // not trivial: a variable of it is used
};

template <typename T, typename Access>
class HostTensorKernels final : public GpuTensorKernels<T> {
public:
    int quantize(const T* x, T* q, void* codes, int64_t n, const CodeGrid<T>& grid, bool rounds,
                 GpuStream) const override {
        return quantize_with(x, q, codes, n, GivenGrid<T>{grid}, grid.lo < 0, rounds);
    }
    int quantize_as_chosen(const T* x, T* q, void* codes, int64_t n, T highest, bool is_signed,
                           const LengthChoice* choice, GpuStream) const override {
        return quantize_with(x, q, codes, n, ChosenGrid<T>{choice, highest, is_signed}, is_signed, true);
    }
    int pass_inside(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid, GpuStream) const override {
        return all_threads(PassInsidePass<T>::make(grad, q, out, n, grid));
    }
    int choose_by_statistic(const T* x, int64_t n, GpuStatistic statistic, double limit, int largest,
                            LengthChoice* choice, void*, GpuStream) const override {
        return choose(StatisticPass<T>{x, n, statistic, limit, largest}, choice);
    }
    int choose_by_errors(const T* x, int64_t n, T highest, bool is_signed, int num_lengths, LengthChoice* choice, void*,
                         GpuStream) const override {
        if (sizeof(T) < sizeof(double)) {
            is_signed ? errors<float, true>(x, n, highest, num_lengths, false, choice)
                      : errors<float, false>(x, n, highest, num_lengths, false, choice);
        }
        const bool only_where_unclear = sizeof(T) < sizeof(double);
        return is_signed ? errors<double, true>(x, n, highest, num_lengths, only_where_unclear, choice)
                         : errors<double, false>(x, n, highest, num_lengths, only_where_unclear, choice);
    }
    int channel_moments(const T* rows, int64_t num_rows, int64_t channels, double* mean, double* biased, void*,
                        GpuStream) const override {
        const Access access;
        const MomentShape shape = MomentShape::of(num_rows, channels);
        std::vector<MomentSums> parts(static_cast<size_t>(shape.num_parts * channels));
        for (int64_t part = 0; part < shape.num_parts; ++part) {
            fold_channels(
                channels, [&](int64_t channel, int lane) { return moments_of_lane(rows, shape, part, channel, lane); },
                [&](int64_t channel, const MomentSums& sums) {
                    parts[static_cast<size_t>(part * channels + channel)] = sums;
                });
        }
        fold_channels(
            channels, [&](int64_t channel, int lane) { return moments_of_parts(parts.data(), shape, channel, lane); },
            [&](int64_t channel, const MomentSums& sums) { finish_moments(sums, shape, channel, mean, biased); });
        return 0;
    }
    int channel_affine(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean, const T* slope,
                       const T* offset, GpuStream) const override {
        return all_threads(ChannelAffinePass<T>::make(rows, out, num_rows, channels, mean, slope, offset));
    }
    int rectify(const T* a, const T* b, T* out, uint8_t* passing, int64_t n, GpuStream) const override {
        return all_threads(RectifyPass<T>::make(a, b, out, passing, n));
    }
    int pass_by_bits(const T* grad, const uint8_t* passing, T* out, int64_t n, GpuStream) const override {
        return all_threads(PassByBitsPass<T>::make(grad, passing, out, n));
    }
    int rectified_max_pool(const T* x, T* out, uint8_t* winners, const PoolWindows& windows, GpuStream) const override {
        return all_threads(RectifiedMaxPoolPass<T>::make(x, out, winners, windows));
    }
    int pass_to_winners(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows,
                        GpuStream) const override {
        return all_threads(PassToWinnersPass<T>::make(grad, winners, out, windows));
    }
    int scale_rows(const T* x, T* out, int64_t num_rows, int64_t length, const T* gain, const T* eta, const T* eta_next,
                   GpuStream) const override {
        return all_threads(ScaleRowsPass<T>{num_rows * length, false, x, out, length, gain, eta, eta_next});
    }
    int values_of_codes(const void* codes, T* values, int64_t n, bool is_signed, const LengthChoice* choice,
                        GpuStream) const override {
        return is_signed ? all_threads(ValuesOfCodesPass<T, int8_t>::make(codes, values, n, choice))
                         : all_threads(ValuesOfCodesPass<T, uint8_t>::make(codes, values, n, choice));
    }
    int pass_by_code(T* gradient, const T* other, const void* codes, int64_t n, T highest, bool is_signed,
                     GpuStream) const override {
        return is_signed ? all_threads(PassByCodePass<T, int8_t>::make(gradient, other, codes, n, highest))
                         : all_threads(PassByCodePass<T, uint8_t>::make(gradient, other, codes, n, highest));
    }
    int follow_choice(const LengthChoice* choice, T* running, T added, T kept, int32_t* first_not_finite,
                      int32_t tensor, GpuStream) const override {
        return all_threads(FollowChoicePass<T>{1, false, choice, running, added, kept, first_not_finite, tensor});
    }
    int take_length(const T* running, int largest, LengthChoice* choice, GpuStream) const override {
        return all_threads(TakeLengthPass<T>{1, false, running, largest, choice});
    }
    int clip_scale(const T* alpha, const T* running, int largest, T span, T* eta, T* slope, GpuStream) const override {
        return all_threads(ClipScalePass<T>{1, false, alpha, running, largest, span, eta, slope});
    }
    int weight_gradient(const T* gradient, const T* weight, const void* codes, T* out, int64_t num_rows, int64_t length,
                        const ChannelFold* folds, const T* eta, const T* eta_next, T highest, double* products,
                        GpuStream) const override {
        const Access access;
        const WeightGradientPass<T> pass{
            length, gradient, weight, static_cast<const int8_t*>(codes), out, folds, eta, eta_next, highest, products};
        for (int64_t row = 0; row < num_rows; ++row) pass.finish(row, sum_of_part_on_host(pass, row));
        return 0;
    }
    int fold_channels(const FoldedChannels<T>& all, int64_t channels, GpuStream) const override {
        return all_threads(FoldPass<T>{channels, false, all});
    }
    int unfold_channels(const UnfoldedChannels<T>& all, int64_t channels, GpuStream) const override {
        const Access access;
        const UnfoldPass<T> pass{channels, all};
        pass.finish(sum_of_part_on_host(pass, 0));
        return 0;
    }

private:
    template <typename Pass>
    static int all_threads(const Pass& pass) {
        const Access access;
        constexpr int64_t kThreads = 96;
        for (int64_t thread = 0; thread < kThreads; ++thread) for_shares(pass, thread, kThreads);
        return 0;
    }
    template <typename Grid>
    static int quantize_with(const T* x, T* q, void* codes, int64_t n, const Grid& grid, bool is_signed, bool rounds) {
        return is_signed ? all_threads(QuantizePass<T, int8_t, Grid>::make(x, q, codes, n, grid, rounds))
                         : all_threads(QuantizePass<T, uint8_t, Grid>::make(x, q, codes, n, grid, rounds));
    }
    template <typename Pass>
    static int choose(const Pass& pass, LengthChoice* choice) {
        const Access access;
        if (pass.is_needed(choice)) pass.finish(sum_on_host(pass), choice);
        return 0;
    }
    template <typename Real, bool kSigned>
    static int errors(const T* x, int64_t n, T highest, int num_lengths, bool only_where_unclear,
                      LengthChoice* choice) {
        const auto grids = ErrorGrids<Real>::make(static_cast<Real>(highest), 0);
        return choose(ErrorsPass<T, Real, kSigned>{x, n, num_lengths, grids, only_where_unclear}, choice);
    }
    template <typename Own, typename Done>
    static void fold_channels(int64_t channels, const Own& own, const Done& done) {
        std::vector<MomentSums> lanes(kMomentLanes * kMomentChannels);
        for (int64_t tile = 0; tile < channels; tile += kMomentChannels) {
            const int inside = static_cast<int>(std::min<int64_t>(kMomentChannels, channels - tile));
            for (int lane = 0; lane < kMomentLanes; ++lane) {
                for (int c = 0; c < inside; ++c)
                    lanes[static_cast<size_t>(lane * kMomentChannels + c)] = own(tile + c, lane);
            }
            for (int stride = kMomentLanes / 2; stride > 0; stride /= 2) {
                for (int lane = 0; lane < kMomentLanes; ++lane) {
                    for (int c = 0; c < inside; ++c) fold_lanes(lanes.data(), c, lane, stride);
                }
            }
            for (int c = 0; c < inside; ++c) done(tile + c, lanes[static_cast<size_t>(c)]);
        }
    }
};

template <typename Access = HostMemory>
class HostKernels final : public GpuKernels {
public:
    const GpuTensorKernels<float>& of(float) const override { return float32_; }
    const GpuTensorKernels<double>& of(double) const override { return float64_; }
    int64_t workspace_bytes(int64_t) const override { return 0; }
    int64_t moments_workspace_bytes(int64_t, int64_t) const override { return 0; }
    const char* describe(int) const override { return "a failure of the host's kernels"; }
    const char* built_for() const override { return "the host"; }

private:
    HostTensorKernels<float, Access> float32_;
    HostTensorKernels<double, Access> float64_;
};

}  // namespace f8net
