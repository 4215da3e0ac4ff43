// SPDX-License-Identifier: Apache-2.0
/// Writes an ONNX model operator by operator: one method each, which appends the node and gives back the name of its
/// output edge. Knows operators and types, no network. Names    the caller names each edge; the node that makes it has
/// the same name. Constants with equal contents are stored once. Format   opset 18, IR version 8, written with
/// protozero (LibTorch brings a protobuf of its own; a second one would clash). Threads  one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"

namespace f8net {

/// Element types by their numbers in ONNX.
enum class OnnxType : int { kFloat = 1, kUint8 = 2, kInt8 = 3, kInt32 = 6, kInt64 = 7, kDouble = 11 };

/// A tensor on the 8-bit grid: real = (stored - zero_point) * scale.
struct OnnxQuantization {
    float scale = 1.0f;
    int zero_point = 0;
};

/// A weight constant: int8 with zero point 0, or uint8 with zero point 128.
struct OnnxWeight {
    std::string edge;
    bool is_unsigned = false;
};

class OnnxBuilder {
public:
    explicit OnnxBuilder(const std::string& graph_name);
    ~OnnxBuilder();
    OnnxBuilder(const OnnxBuilder&) = delete;
    OnnxBuilder& operator=(const OnnxBuilder&) = delete;

    /// Dimensions below 1 are dynamic and called "N".
    std::string input(const std::string& name, OnnxType type, const std::vector<int64_t>& shape);
    void output(const std::string& name, OnnxType type, const std::vector<int64_t>& shape);
    void metadata(const std::string& key, const std::string& value);

    // Constants; shape {} is a scalar.
    /// Codes -127..127, stored as they are or + 128.
    OnnxWeight weight(const std::string& name, const std::vector<int64_t>& shape, const std::vector<int8_t>& codes,
                      bool is_unsigned);
    std::string constant(const std::string& name, const std::vector<int64_t>& shape,
                         const std::vector<int32_t>& values);
    std::string scalar(float value);
    std::string scalar(OnnxType type, int64_t value);  ///< integer types
    std::string axes(const std::vector<int64_t>& values);

    // Convolutions and products. Weights [out, in / groups, kh, kw] or [in, out].
    std::string qlinear_conv(const std::string& name, const std::string& x, OnnxQuantization x_grid,
                             const OnnxWeight& weight, float weight_scale, OnnxQuantization y_grid,
                             const std::string& bias, Window window, int groups);
    std::string conv_integer(const std::string& name, const std::string& x, int x_zero_point, const OnnxWeight& weight,
                             Window window, int groups);
    std::string matmul_integer(const std::string& name, const std::string& a, int a_zero_point, const OnnxWeight& b);
    std::string quantize_linear(const std::string& name, const std::string& x, OnnxQuantization grid);

    // Elementwise, with the broadcasting of ONNX.
    std::string add(const std::string& name, const std::string& a, const std::string& b) {
        return binary("Add", name, a, b);
    }
    std::string sub(const std::string& name, const std::string& a, const std::string& b) {
        return binary("Sub", name, a, b);
    }
    std::string mul(const std::string& name, const std::string& a, const std::string& b) {
        return binary("Mul", name, a, b);
    }
    std::string div(const std::string& name, const std::string& a, const std::string& b) {
        return binary("Div", name, a, b);
    }
    std::string mod(const std::string& name, const std::string& a, const std::string& b) {
        return binary("Mod", name, a, b);
    }
    std::string greater(const std::string& name, const std::string& a, const std::string& b) {
        return binary("Greater", name, a, b);
    }
    std::string bitwise_and(const std::string& name, const std::string& a, const std::string& b) {
        return binary("BitwiseAnd", name, a, b);
    }
    std::string relu(const std::string& name, const std::string& x);
    std::string clip(const std::string& name, const std::string& x, OnnxType type, int64_t low, int64_t high);
    std::string cast(const std::string& name, const std::string& x, OnnxType to);
    std::string flatten(const std::string& name, const std::string& x);

    // Pools.
    std::string max_pool(const std::string& name, const std::string& x, Window window);
    /// Over height and width, which vanish: [N, C].
    std::string reduce_sum_plane(const std::string& name, const std::string& x);

    /// The model's bytes.
    std::string finish(const std::string& producer, const std::string& producer_version);

private:
    struct Attribute;
    std::string binary(const std::string& op, const std::string& name, const std::string& a, const std::string& b);
    std::string node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                     const std::vector<Attribute>& attributes = {});
    std::string initializer(const std::string& name, OnnxType type, const std::vector<int64_t>& shape, const void* data,
                            size_t size_bytes);
    std::string zero_point_of(const OnnxWeight& weight);
    static std::vector<Attribute> window_attributes(const Window& window, int groups);

    std::string graph_;  ///< bytes of the GraphProto so far
    std::map<std::string, std::string> metadata_;
    std::map<std::string, bool> constants_;  ///< names of the shared scalars that are written already
};

}  // namespace f8net
