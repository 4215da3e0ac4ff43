// SPDX-License-Identifier: Apache-2.0
/// Writes an ONNX model operator by operator: one method each, which appends the node and gives back the name of its
/// output edge. Knows operators and types, no network.
/// Names    the caller names each edge; the node that makes it has the same name. Scalars with equal contents are
///          stored once.
/// Memory   weights are made one by one while the model is written, so a model takes hardly more than its largest one.
/// Format   opset 18, IR version 8, written with protozero (LibTorch brings a protobuf of its own; a second one would
///          clash).
/// Threads  one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
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
    OnnxBuilder(const OnnxBuilder&) = delete;
    OnnxBuilder& operator=(const OnnxBuilder&) = delete;

    /// Dimensions below 1 are dynamic and called "N".
    std::string input(const std::string& name, OnnxType type, const std::vector<int64_t>& shape);
    void output(const std::string& name, OnnxType type, const std::vector<int64_t>& shape);
    /// Says the type and shape of an edge inside the graph.
    void expose(const std::string& name, OnnxType type, const std::vector<int64_t>& shape);
    void metadata(const std::string& key, const std::string& value);

    // Constants; shape {} is a scalar.
    /// Codes -127..127, stored as they are or + 128. `fill` puts them, in row-major order, when the model is written.
    OnnxWeight weight(const std::string& name, const std::vector<int64_t>& shape, bool is_unsigned,
                      std::function<void(int8_t*)> fill);
    std::string constant(const std::string& name, const std::vector<int64_t>& shape,
                         const std::vector<int32_t>& values);
    std::string scalar(float value);
    std::string scalar(OnnxType type, int64_t value);      ///< integer types
    std::string list(const std::vector<int64_t>& values);  ///< int64 [size]

    // Convolutions and products. Weights [out, in / groups, kh, kw] or [in, out].
    std::string qlinear_conv(const std::string& name, const std::string& x, OnnxQuantization x_grid,
                             const OnnxWeight& weight, float weight_scale, OnnxQuantization y_grid,
                             const std::string& bias, Window window, int groups);
    std::string conv_integer(const std::string& name, const std::string& x, int x_zero_point, const OnnxWeight& weight,
                             Window window, int groups);
    std::string matmul_integer(const std::string& name, const std::string& a, int a_zero_point, const OnnxWeight& b);

    // To the 8-bit grid and back, and what is computed in real numbers between.
    std::string quantize_linear(const std::string& name, const std::string& x, OnnxQuantization grid);
    std::string dequantize_linear(const std::string& name, const std::string& x, OnnxQuantization grid);
    std::string dequantize_weight(const std::string& name, const OnnxWeight& weight, float scale);
    std::string dequantize_bias(const std::string& name, const std::string& bias, float scale);
    std::string conv(const std::string& name, const std::string& x, const std::string& weight, const std::string& bias,
                     Window window, int groups);
    std::string gemm(const std::string& name, const std::string& a, const std::string& b, const std::string& bias);

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
    std::string relu(const std::string& name, const std::string& x);
    std::string clip(const std::string& name, const std::string& x, OnnxType type, int64_t low, int64_t high);
    /// The same as Max and Min: ONNX Runtime's fusion of Relu and Clip refuses models whose Clip is int32.
    std::string clip_integers(const std::string& name, const std::string& x, OnnxType type, int64_t low, int64_t high);
    std::string cast(const std::string& name, const std::string& x, OnnxType to);
    std::string flatten(const std::string& name, const std::string& x);
    std::string max(const std::string& name, const std::vector<std::string>& operands);

    // Parts of a plane [N, C, H, W].
    /// Zeros (of `type`) on all four sides.
    std::string pad_plane(const std::string& name, const std::string& x, OnnxType type, int64_t padding);
    /// Every stride-th element from `begin`, `count` of them; axis 2 or 3.
    std::string slice(const std::string& name, const std::string& x, int64_t axis, int64_t begin, int64_t count,
                      int64_t stride);

    // Pools.
    std::string max_pool(const std::string& name, const std::string& x, Window window);
    /// Over height and width: [N, C, 1, 1].
    std::string reduce_sum_plane(const std::string& name, const std::string& x);

    /// Whether a node has made the edge.
    bool has_edge(const std::string& name) const { return edges_.contains(name); }

    /// Gives the model's bytes to `sink`, part by part.
    void write(const std::string& producer, const std::string& producer_version,
               const std::function<void(std::string_view)>& sink) const;

private:
    struct Attribute {
        std::string name;
        std::vector<int64_t> values;
        bool is_list = false;
    };
    /// Bytes of the graph, and behind them those of a weight.
    struct Part {
        std::string bytes;
        size_t weight_size = 0;
        bool is_unsigned = false;
        std::function<void(int8_t*)> fill;
    };
    std::string& graph() { return parts_.back().bytes; }
    std::string binary(const std::string& op, const std::string& name, const std::string& a, const std::string& b);
    std::string node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                     const std::vector<Attribute>& attributes = {});
    std::string initializer(const std::string& name, OnnxType type, const std::vector<int64_t>& shape, const void* data,
                            size_t size_bytes);
    std::string zero_point_of(const OnnxWeight& weight);
    static std::vector<Attribute> window_attributes(const Window& window, int groups);

    std::vector<Part> parts_;  ///< of the GraphProto, in order
    std::map<std::string, std::string> metadata_;
    std::set<std::string> edges_;      ///< that nodes make
    std::set<std::string> constants_;  ///< names of the shared constants that are written already
};

}  // namespace f8net
