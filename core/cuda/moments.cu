// SPDX-License-Identifier: Apache-2.0
/// Mean and biased variance of every channel from one pass over channels_last rows.
#include "core/cuda/launch.cuh"
#include "core/cuda/moments_pass.h"
#include "core/cuda/parts.cuh"

namespace f8net {
namespace {

constexpr dim3 kBlock{kMomentChannels, kMomentLanes, 1};

/// The sums of this thread's lane folded over all lanes; the result is with lane 0, which alone may read it: the others
/// have not waited for its last addition.
__device__ MomentSums fold_block(const MomentSums& own) {
    __shared__ MomentSums lanes[kMomentLanes * kMomentChannels];
    const int channel = static_cast<int>(threadIdx.x), lane = static_cast<int>(threadIdx.y);
    lanes[lane * kMomentChannels + channel] = own;
    for (int stride = kMomentLanes / 2; stride > 0; stride /= 2) {
        __syncthreads();
        fold_lanes(lanes, channel, lane, stride);
    }
    return lane == 0 ? lanes[channel] : own;
}

__device__ int64_t channel_of_thread() {
    return blockIdx.x * int64_t{kMomentChannels} + threadIdx.x;
}

template <typename T>
__global__ void __launch_bounds__(kMomentChannels* kMomentLanes)
    moment_parts_kernel(const T* __restrict__ rows, MomentShape shape, MomentSums* parts) {
    const int64_t channel = channel_of_thread();
    const bool is_inside = channel < shape.channels;
    const MomentSums own = is_inside ? moments_of_lane(rows, shape, blockIdx.y, channel, static_cast<int>(threadIdx.y))
                                     : MomentSums::zero();
    const MomentSums sums = fold_block(own);
    if (is_inside && threadIdx.y == 0) parts[blockIdx.y * shape.channels + channel] = sums;
}

__global__ void __launch_bounds__(kMomentChannels* kMomentLanes)
    moments_kernel(const MomentSums* __restrict__ parts, MomentShape shape, double* mean, double* biased) {
    const int64_t channel = channel_of_thread();
    const bool is_inside = channel < shape.channels;
    const MomentSums own =
        is_inside ? moments_of_parts(parts, shape, channel, static_cast<int>(threadIdx.y)) : MomentSums::zero();
    const MomentSums sums = fold_block(own);
    if (is_inside && threadIdx.y == 0) finish_moments(sums, shape, channel, mean, biased);
}

}  // namespace

template <typename T>
int MomentsPart<T>::channel_moments(const T* rows, int64_t num_rows, int64_t channels, double* mean, double* biased,
                                    void* workspace, GpuStream stream) {
    const MomentShape shape = MomentShape::of(num_rows, channels);
    auto* const parts = static_cast<MomentSums*>(workspace);
    const auto tiles = static_cast<unsigned>((channels + kMomentChannels - 1) / kMomentChannels);
    moment_parts_kernel<<<dim3(tiles, static_cast<unsigned>(shape.num_parts)), kBlock, 0, as_stream(stream)>>>(
        rows, shape, parts);
    if (const int code = launch_result(); code != 0) return code;
    moments_kernel<<<tiles, kBlock, 0, as_stream(stream)>>>(parts, shape, mean, biased);
    return launch_result();
}

template struct MomentsPart<float>;
template struct MomentsPart<double>;

}  // namespace f8net
