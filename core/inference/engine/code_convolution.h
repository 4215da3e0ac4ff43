// SPDX-License-Identifier: Apache-2.0
/// A convolution of 8-bit codes whose weights change from call to call, its results real numbers: what training
/// computes with quantized weights. The kernels are those of the engine, generated once per shape.
/// Formula  y = float(sum of codes * weights) * scale + bias: the sum exact in int32, then one rounding each.
/// Shapes   one image: codes [H, W, in] of uint8_t, or of int8_t where signed; y [Ho, Wo, out]. weights [out, kh, kw,
///          in / groups].
/// Threads  constant after it is made.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/inference/kernels/dense.h"
#include "core/inference/kernels/depthwise.h"

namespace f8net {

struct CodeConvolutionShape {
    Shape input;
    int64_t out_channels = 0;
    int groups = 1;
    Window window;
    bool is_signed = false;  ///< the codes of the input
};

/// A call's weights as the kernels read them. Memory is used again by the next call.
struct CodeWeights {
    PackedWeights dense;
    PackedDepthwise depthwise;
    std::vector<float> bias;
    float scale = 1;
};

class CodeConvolution {
public:
    /// Null where nothing is generated for this shape: several outputs per depthwise channel, sums that may leave
    /// int32.
    static std::unique_ptr<const CodeConvolution> make(const InstructionSet& set, const CodeConvolutionShape& shape);
    /// On this processor's fastest set, made once per shape and kept; null where it has none, too.
    static std::shared_ptr<const CodeConvolution> of(const CodeConvolutionShape& shape);

    virtual ~CodeConvolution() = default;
    virtual Shape output() const = 0;

    /// Prepares `to` for a call. scale: a power of two; bias: [out].
    virtual void start(const int8_t* weights, float scale, const float* bias, CodeWeights& to) const = 0;
    /// Packs part 0 <= i < num_pack_parts() of the weights; they all have to be before run().
    virtual int64_t num_pack_parts() const = 0;
    virtual void pack(const int8_t* weights, int64_t i, CodeWeights& to) const = 0;
    /// `part` of `parts` of one image.
    virtual void run(const void* codes, const CodeWeights& weights, float* y, int part, int parts) const = 0;
};

}  // namespace f8net
