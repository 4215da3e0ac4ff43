// SPDX-License-Identifier: Apache-2.0
/// What lies between the convolutions of a training step: channels, rows of weights, lengths and scales.
#include "core/cuda/channel_passes.h"

#include "core/cuda/fold_block.cuh"
#include "core/cuda/launch_elements.cuh"
#include "core/cuda/parts.cuh"

namespace f8net {
namespace {

template <typename Pass>
__global__ void __launch_bounds__(kThreads) one_sum_kernel(Pass pass) {
    __shared__ PartialSums<Pass::kCount> shared[kSumThreads];
    shared[threadIdx.x] = pass.of_thread(0, static_cast<int>(threadIdx.x));
    fold_block(shared);
    if (threadIdx.x == 0) pass.finish(shared[0]);
}

template <typename Pass>
__global__ void __launch_bounds__(kThreads) row_sums_kernel(Pass pass) {
    __shared__ PartialSums<Pass::kCount> shared[kSumThreads];
    shared[threadIdx.x] = pass.of_thread(blockIdx.x, static_cast<int>(threadIdx.x));
    fold_block(shared);
    if (threadIdx.x == 0) pass.finish(blockIdx.x, shared[0]);
}

}  // namespace

template <typename T>
int ChannelPart<T>::follow_choice(const LengthChoice* choice, T* running, T added, T kept, int32_t* first_not_finite,
                                  int32_t tensor, GpuStream stream) {
    return launch_elements(FollowChoicePass<T>{1, false, choice, running, added, kept, first_not_finite, tensor},
                           stream);
}

template <typename T>
int ChannelPart<T>::take_length(const T* running, int largest, LengthChoice* choice, GpuStream stream) {
    return launch_elements(TakeLengthPass<T>{1, false, running, largest, choice}, stream);
}

template <typename T>
int ChannelPart<T>::clip_scale(const T* alpha, const T* running, int largest, T span, T* eta, T* slope,
                               GpuStream stream) {
    return launch_elements(ClipScalePass<T>{1, false, alpha, running, largest, span, eta, slope}, stream);
}

template <typename T>
int ChannelPart<T>::weight_gradient(const T* gradient, const T* weight, const void* codes, T* out, int64_t num_rows,
                                    int64_t length, const ChannelFold* folds, const T* eta, const T* eta_next,
                                    T highest, double* products, GpuStream stream) {
    const auto* const bytes = static_cast<const int8_t*>(codes);
    row_sums_kernel<<<static_cast<unsigned>(num_rows), kThreads, 0, as_stream(stream)>>>(
        WeightGradientPass<T>{length, gradient, weight, bytes, out, folds, eta, eta_next, highest, products});
    return launch_result();
}

template <typename T>
int ChannelPart<T>::fold_channels(const FoldedChannels<T>& all, int64_t channels, GpuStream stream) {
    return launch_elements(FoldPass<T>{channels, false, all}, stream);
}

template <typename T>
int ChannelPart<T>::unfold_channels(const UnfoldedChannels<T>& all, int64_t channels, GpuStream stream) {
    one_sum_kernel<<<1, kThreads, 0, as_stream(stream)>>>(UnfoldPass<T>{channels, all});
    return launch_result();
}

template struct ChannelPart<float>;
template struct ChannelPart<double>;

}  // namespace f8net
