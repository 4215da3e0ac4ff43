// SPDX-License-Identifier: Apache-2.0
/// Writes an IntegerNetwork as an ONNX model that gives the same codes and logits, element for element. docs/onnx.md is
/// the contract of the files.
/// Contract input `pixels` uint8 [N, C, H, W]: raw bytes, or the codes of the normalized image + 128; output `logits`
///          [N, classes]: int32, in the QDQ flavour float, integers times 2^-FL.
///          Edges with type and shape in the file: `code/LAYER` the codes that enter a layer (uint8; signed ones +
///          128), `acc/NODE` a node's int32 accumulators, `real/NODE` in their place the float numbers acc * 2^-FL
///          (QDQ). Metadata: `f8net.flavour`, an entry `f8net.layer.NAME` per layer with its formats,
///          `f8net.class_names`, and the network's own entries.
/// Exact    for every input, in any order of summation; -128 is never produced: signed codes are clipped.
/// Memory   beside the network hardly more than its largest weight.
/// Errors   IoError where the file cannot be written (nothing is left behind); DataError from check(), or where the
///          network has a form that ONNX cannot express.
/// Source   design.md 9.   Threads  reentrant.
#pragma once

#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

enum class OnnxFlavour {
    kQLinear,  ///< QLinearConv where one layer reads the result, ConvInteger and int32 where a sum or pool does
    kQdq,      ///< QuantizeLinear / DequantizeLinear pairs around float operators, as compilers for chips read it
    kInteger,  ///< integer operators only, no float tensor anywhere
};

struct OnnxOptions {
    OnnxFlavour flavour = OnnxFlavour::kQLinear;
    /// Weights of QLinearConv and of QDQ's convolutions as uint8 with zero point 128: the same codes on every
    /// processor. As int8 they are faster where there is VNNI, but ONNX Runtime's uint8 x int8 kernels for AVX2 and
    /// AVX-512 without VNNI saturate sums of two products at 16 bits, and the codes differ. (Weights of ConvInteger and
    /// MatMulInteger are always uint8: exact, and 2.6 times faster for ResNet18.)
    bool exact_everywhere = true;
    /// For networks that name none themselves.
    std::vector<std::string> class_names = {};
};

void export_onnx(const IntegerNetwork& network, const std::string& path, const OnnxOptions& options = {});
/// The same as bytes.
std::string to_onnx(const IntegerNetwork& network, const OnnxOptions& options = {});

}  // namespace f8net
