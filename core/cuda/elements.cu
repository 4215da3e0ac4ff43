// SPDX-License-Identifier: Apache-2.0
/// Passes over single elements: quantize, its gradient, scales.
#include "core/cuda/element_passes.h"
#include "core/cuda/launch_elements.cuh"
#include "core/cuda/parts.cuh"

namespace f8net {
namespace {

template <typename T, typename Grid>
int launch_quantize(const T* x, T* q, void* codes, int64_t n, const Grid& grid, bool is_signed, bool rounds,
                    GpuStream stream) {
    return is_signed ? launch_elements(QuantizePass<T, int8_t, Grid>::make(x, q, codes, n, grid, rounds), stream)
                     : launch_elements(QuantizePass<T, uint8_t, Grid>::make(x, q, codes, n, grid, rounds), stream);
}

}  // namespace

template <typename T>
int ElementPart<T>::quantize(const T* x, T* q, void* codes, int64_t n, const CodeGrid<T>& grid, bool rounds,
                             GpuStream stream) {
    return launch_quantize(x, q, codes, n, GivenGrid<T>{grid}, grid.lo < T(0), rounds, stream);
}

template <typename T>
int ElementPart<T>::quantize_as_chosen(const T* x, T* q, void* codes, int64_t n, T highest, bool is_signed,
                                       const LengthChoice* choice, GpuStream stream) {
    return launch_quantize(x, q, codes, n, ChosenGrid<T>{choice, highest, is_signed}, is_signed, true, stream);
}

template <typename T>
int ElementPart<T>::values_of_codes(const void* codes, T* values, int64_t n, bool is_signed, const LengthChoice* choice,
                                    GpuStream stream) {
    return is_signed ? launch_elements(ValuesOfCodesPass<T, int8_t>::make(codes, values, n, choice), stream)
                     : launch_elements(ValuesOfCodesPass<T, uint8_t>::make(codes, values, n, choice), stream);
}

template <typename T>
int ElementPart<T>::pass_by_code(T* gradient, const T* other, const void* codes, int64_t n, T highest, bool is_signed,
                                 GpuStream stream) {
    return is_signed ? launch_elements(PassByCodePass<T, int8_t>::make(gradient, other, codes, n, highest), stream)
                     : launch_elements(PassByCodePass<T, uint8_t>::make(gradient, other, codes, n, highest), stream);
}

template <typename T>
int ElementPart<T>::pass_inside(const T* grad, const T* q, T* out, int64_t n, const CodeGrid<T>& grid,
                                GpuStream stream) {
    return launch_elements(PassInsidePass<T>::make(grad, q, out, n, grid), stream);
}

template <typename T>
int ElementPart<T>::scale_rows(const T* x, T* out, int64_t num_rows, int64_t length, const T* gain, const T* eta,
                               const T* eta_next, GpuStream stream) {
    return launch_elements(ScaleRowsPass<T>{num_rows * length, false, x, out, length, gain, eta, eta_next}, stream);
}

template <typename T>
int ElementPart<T>::channel_affine(const T* rows, T* out, int64_t num_rows, int64_t channels, const T* mean,
                                   const T* slope, const T* offset, GpuStream stream) {
    return launch_elements(ChannelAffinePass<T>::make(rows, out, num_rows, channels, mean, slope, offset), stream);
}

template struct ElementPart<float>;
template struct ElementPart<double>;

}  // namespace f8net
