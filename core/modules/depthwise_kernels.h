// SPDX-License-Identifier: Apache-2.0
/// What a training step needs of a depthwise 3x3 convolution on a CPU, each in one pass over what it reads: both of a
/// layer's convolutions read the same codes, a byte each, and the output of the first one, y0 = conv(q, W), is computed
/// again wherever it is needed and never written.
/// Formula  q = codes / 2^FL, p a pixel of the output, t one of nine taps, p + t the pixel that it reads:
///          y0(p) = sum over t of W(t) q(p + t);  d W(t) = sum over p of g(p) q(p + t) for the gradient g of an output;
///          d x(i) = sum over t of Wq(t) dy(i - t) + W(t) g0(i - t) where the code of i passes the straight-through
///          gradient, else 0, with the gradient through y0's statistics g0 = (y0 - mean) * slope + offset.
/// Shapes   codes [N, H, W, C] of uint8_t, or of int8_t where the grid is signed; dy [N, Ho, Wo, C]; d_input as codes;
///          weights [C, 3, 3], which is channels_last memory of [C, 1, 3, 3], and so their gradients.
/// Order    sums over some lines of pixels in T, over these parts in float64. Parts do not depend on the number of
///          threads, nor does a channel on its neighbours or on the vectors of the processor: results are the same
///          bits.
/// Source   method.md 3.2.   Threads  uses LibTorch's worker threads inside.
#pragma once

#include <cstdint>

#include "core/architecture/layer_graph.h"
#include "core/fixedpoint/arithmetic.h"

namespace f8net {

struct DepthwiseShape {
    int64_t images, channels, height, width;
    Window window;

    int64_t out_height() const { return (height + 2 * window.padding - window.kernel) / window.stride + 1; }
    int64_t out_width() const { return (width + 2 * window.padding - window.kernel) / window.stride + 1; }
    int64_t samples() const { return images * out_height() * out_width(); }  ///< per channel
};

/// A 3x3 window with stride 1 or 2 and padding of at most 2; one output per channel.
bool has_depthwise_kernels(const Layer& layer);

/// Mean and biased variance of y0 per channel, summed up in float64.
template <typename T>
void depthwise_moments(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* weight,
                       double* mean, double* variance);

/// Of the gradient dy: d_weight, and its sum per channel.
template <typename T>
void depthwise_weight_gradient(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* dy,
                               double* d_weight, double* dy_sums);

/// How g0 follows from y0, per channel.
template <typename T>
struct ThroughMoments {
    const T *mean, *slope, *offset;
};

/// d_input of both convolutions, and d_weight of the first, of the gradient g0.
template <typename T>
void depthwise_gradients(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* dy,
                         const T* weight, const T* second_weight, const ThroughMoments<T>& through, T* d_input,
                         double* d_weight);

}  // namespace f8net
