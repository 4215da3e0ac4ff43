// SPDX-License-Identifier: Apache-2.0
/// ReLU and the max pool of ReLUs.
#include "core/cuda/launch_elements.cuh"
#include "core/cuda/parts.cuh"
#include "core/cuda/rectifier_passes.h"

namespace f8net {

template <typename T>
int RectifierPart<T>::rectify(const T* a, const T* b, T* out, uint8_t* passing, int64_t n, GpuStream stream) {
    return launch_elements(RectifyPass<T>::make(a, b, out, passing, n), stream);
}

template <typename T>
int RectifierPart<T>::pass_by_bits(const T* grad, const uint8_t* passing, T* out, int64_t n, GpuStream stream) {
    return launch_elements(PassByBitsPass<T>::make(grad, passing, out, n), stream);
}

template <typename T>
int RectifierPart<T>::rectified_max_pool(const T* x, T* out, uint8_t* winners, const PoolWindows& windows,
                                         GpuStream stream) {
    return launch_elements(RectifiedMaxPoolPass<T>::make(x, out, winners, windows), stream);
}

template <typename T>
int RectifierPart<T>::pass_to_winners(const T* grad, const uint8_t* winners, T* out, const PoolWindows& windows,
                                      GpuStream stream) {
    return launch_elements(PassToWinnersPass<T>::make(grad, winners, out, windows), stream);
}

template struct RectifierPart<float>;
template struct RectifierPart<double>;

}  // namespace f8net
