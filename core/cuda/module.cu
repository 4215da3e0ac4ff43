// SPDX-License-Identifier: Apache-2.0
/// libf8net_cuda.so: the functions of kernels.h behind one exported name.
#include <cuda_runtime_api.h>

#include <algorithm>

#include "core/cuda/choice_passes.h"
#include "core/cuda/moments_pass.h"
#include "core/cuda/parts.cuh"

namespace f8net {
namespace {

template <typename T>
class TensorKernels final : public GpuTensorKernels<T> {
public:
    int quantize(const T* x, T* q, void* codes, int64_t n, const CodeGrid<T>& grid, bool rounds,
                 GpuStream stream) const override {
        return n == 0 ? 0 : ElementPart<T>::quantize(x, q, codes, n, grid, rounds, stream);
    }
    int quantize_as_chosen(const T* x, T* q, void* codes, int64_t n, T highest, bool is_signed,
                           const LengthChoice* choice, GpuStream stream) const override {
        return n == 0 ? 0 : ElementPart<T>::quantize_as_chosen(x, q, codes, n, highest, is_signed, choice, stream);
    }
    int pass_inside(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid,
                    GpuStream stream) const override {
        return n == 0 ? 0 : ElementPart<T>::pass_inside(grad, q, out, n, grid, stream);
    }
    int choose_by_statistic(const T* x, int64_t n, GpuStatistic statistic, double limit, int largest,
                            LengthChoice* choice, void* workspace, GpuStream stream) const override {
        return ChoicePart<T>::by_statistic(x, n, statistic, limit, largest, choice, workspace, stream);
    }
    int choose_by_errors(const T* x, int64_t n, T highest, bool is_signed, int num_lengths, LengthChoice* choice,
                         void* workspace, GpuStream stream) const override {
        return ChoicePart<T>::by_errors(x, n, highest, is_signed, num_lengths, choice, workspace, stream);
    }
    int channel_moments(const T* rows, int64_t num_rows, int64_t channels, double* mean, double* biased,
                        void* workspace, GpuStream stream) const override {
        return MomentsPart<T>::channel_moments(rows, num_rows, channels, mean, biased, workspace, stream);
    }
    int channel_affine(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean, const T* slope,
                       const T* offset, GpuStream stream) const override {
        if (num_rows * channels == 0) return 0;
        return ElementPart<T>::channel_affine(rows, out, num_rows, channels, mean, slope, offset, stream);
    }
    int rectify(const T* a, const T* b, T* out, uint8_t* passing, int64_t n, GpuStream stream) const override {
        return n == 0 ? 0 : RectifierPart<T>::rectify(a, b, out, passing, n, stream);
    }
    int pass_by_bits(const T* grad, const uint8_t* passing, T* out, int64_t n, GpuStream stream) const override {
        return n == 0 ? 0 : RectifierPart<T>::pass_by_bits(grad, passing, out, n, stream);
    }
    int rectified_max_pool(const T* x, T* out, uint8_t* winners, const PoolWindows& windows,
                           GpuStream stream) const override {
        return RectifierPart<T>::rectified_max_pool(x, out, winners, windows, stream);
    }
    int pass_to_winners(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows,
                        GpuStream stream) const override {
        return RectifierPart<T>::pass_to_winners(grad, winners, out, windows, stream);
    }
    int scale_rows(const T* x, T* out, int64_t num_rows, int64_t length, const T* gain, const T* eta, const T* eta_next,
                   GpuStream stream) const override {
        if (num_rows * length == 0) return 0;
        return ElementPart<T>::scale_rows(x, out, num_rows, length, gain, eta, eta_next, stream);
    }
    int values_of_codes(const void* codes, T* values, int64_t n, bool is_signed, const LengthChoice* choice,
                        GpuStream stream) const override {
        return n == 0 ? 0 : ElementPart<T>::values_of_codes(codes, values, n, is_signed, choice, stream);
    }
    int pass_by_code(T* gradient, const T* other, const void* codes, int64_t n, T highest, bool is_signed,
                     GpuStream stream) const override {
        return n == 0 ? 0 : ElementPart<T>::pass_by_code(gradient, other, codes, n, highest, is_signed, stream);
    }
    int follow_choice(const LengthChoice* choice, T* running, T added, T kept, int32_t* first_not_finite,
                      int32_t tensor, GpuStream stream) const override {
        return ChannelPart<T>::follow_choice(choice, running, added, kept, first_not_finite, tensor, stream);
    }
    int take_length(const T* running, int largest, LengthChoice* choice, GpuStream stream) const override {
        return ChannelPart<T>::take_length(running, largest, choice, stream);
    }
    int clip_scale(const T* alpha, const T* running, int largest, T span, T* eta, T* slope,
                   GpuStream stream) const override {
        return ChannelPart<T>::clip_scale(alpha, running, largest, span, eta, slope, stream);
    }
    int weight_gradient(const T* gradient, const T* weight, const void* codes, T* out, int64_t num_rows, int64_t length,
                        const ChannelFold* folds, const T* eta, const T* eta_next, T highest, double* products,
                        GpuStream stream) const override {
        return ChannelPart<T>::weight_gradient(gradient, weight, codes, out, num_rows, length, folds, eta, eta_next,
                                               highest, products, stream);
    }
    int fold_channels(const FoldedChannels<T>& all, int64_t channels, GpuStream stream) const override {
        return ChannelPart<T>::fold_channels(all, channels, stream);
    }
    int unfold_channels(const UnfoldedChannels<T>& all, int64_t channels, GpuStream stream) const override {
        return ChannelPart<T>::unfold_channels(all, channels, stream);
    }
};

class Kernels final : public GpuKernels {
public:
    const GpuTensorKernels<float>& of(float) const override { return float32_; }
    const GpuTensorKernels<double>& of(double) const override { return float64_; }
    int64_t workspace_bytes(int64_t n) const override {
        return num_sum_parts(n) * static_cast<int64_t>(sizeof(LargestPartialSums));
    }
    int64_t moments_workspace_bytes(int64_t num_rows, int64_t channels) const override {
        return MomentShape::of(num_rows, channels).num_parts * channels * static_cast<int64_t>(sizeof(MomentSums));
    }
    const char* describe(int code) const override { return cudaGetErrorString(static_cast<cudaError_t>(code)); }
    const char* built_for() const override { return F8NET_CUDA_BUILT_FOR; }

private:
    TensorKernels<float> float32_;
    TensorKernels<double> float64_;
};

}  // namespace
}  // namespace f8net

extern "C" __attribute__((visibility("default"))) const f8net::GpuKernels* f8net_gpu_kernels() {
    static const f8net::Kernels kernels;
    return &kernels;
}
