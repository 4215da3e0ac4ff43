// SPDX-License-Identifier: Apache-2.0
/// Writes an IntegerNetwork as an ONNX model that gives the same codes and logits, element for element.
/// Contract input `pixels` uint8 [N, C, H, W]: raw bytes, or the codes of the normalized image + 128; output `logits`
/// int32 [N, classes].
///          Edges: `code/LAYER` the codes that enter a layer (uint8; signed ones + 128), `acc/NODE` its int32
///          accumulators. Metadata: one entry `f8net.layer.NAME` per layer with its formats, `f8net.class_names`, and
///          the network's own entries.
/// Exact    a requantization in float32 is exact up to a shift of 15 (method.md 1); larger shifts (sum pools) and
/// average pools are
///          computed in integers; sums that could leave int32 in int64 with one clamp. -128 is never produced: signed
///          codes are clipped.
/// Errors   IoError where the file cannot be written; DataError from check(), or where the network has a form that ONNX
/// cannot express. Source   design.md 9.   Threads  reentrant.
#pragma once

#include <string>

#include "core/network/integer_network.h"

namespace f8net {

enum class OnnxFlavour {
    kQLinear,  ///< QLinearConv where one layer reads the result, ConvInteger and int32 where a sum or pool does
};

struct OnnxOptions {
    OnnxFlavour flavour = OnnxFlavour::kQLinear;
    /// Weights of QLinearConv as uint8 with zero point 128: the same codes on every processor. As int8 they are faster
    /// where there is VNNI, but ONNX Runtime's uint8 x int8 kernels for AVX2 and AVX-512 without VNNI saturate sums of
    /// two products at 16 bits, and the codes differ. (Weights of ConvInteger and MatMulInteger are always uint8:
    /// exact, and 2.6 times faster for ResNet18.)
    bool exact_everywhere = true;
};

void export_onnx(const IntegerNetwork& network, const std::string& path, const OnnxOptions& options = {});
/// The same as bytes.
std::string to_onnx(const IntegerNetwork& network, const OnnxOptions& options = {});

}  // namespace f8net
