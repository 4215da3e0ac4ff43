// SPDX-License-Identifier: Apache-2.0
/// A trained network as integers only: the lowered graph. Everything after training reads this and nothing else: scalar
/// reference executor (the law), SIMD kernels, LibTorch's float-dtype executor, ONNX, C source, test vectors, the graph
/// view.
///
/// Data between nodes are int32 "accumulators" with a known fractional length. A conv or linear node first requantizes
/// its input to its input_format (method.md 1), then multiplies 8 bit x 8 bit, adds its bias, and gives an accumulator
/// at input FL + weight FL. Source   method.md 5; design.md 3.   Layout  activations N H W C unless said, weights out,
/// kh, kw, in / groups (as stored here).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/fixedpoint/format.h"

namespace f8net {

enum class NodeKind { kInput, kConv, kLinear, kRelu, kAdd, kMaxPool, kSumPool, kAveragePool };
std::string to_string(NodeKind kind);

struct IntegerNode {
    std::string name;  ///< as in LayerGraph
    NodeKind kind = NodeKind::kInput;
    std::vector<int> inputs;  ///< indices of earlier nodes
    Shape output;
    int in_channels = 0, out_channels = 0, groups = 1;  ///< conv, linear
    Window window;                                      ///< conv, pools

    /// conv, linear: what the input is requantized to. input: the format of the codes fed in (u8.8 for raw pixels).
    /// average pool: the consumer's input format, which its codes are rounded to.
    FixedPointFormat input_format;
    FixedPointFormat weight_format;  ///< conv, linear; signed

    /// Fractional length of the node's output; conv, linear: input FL + weight FL; add: the larger of its operands;
    /// sum pool: input + sum_pool_shift.
    int fractional_length = 0;
    int sum_pool_shift = 0;  ///< s = round(log2(k^2)) (method.md 3.7)
    /// add: operand 1 counts 2^stream_shift times (compensated streams), as if its fractional length were smaller by
    /// it.
    int stream_shift = 0;

    std::vector<int8_t> weight_s8;  ///< [out, kh, kw, in / groups]; never -128
    std::vector<int32_t> bias_s32;  ///< [out], at fractional_length
    /// The real effective weights and biases that the codes were rounded from, so that a format can be changed without
    /// LibTorch; may be empty.
    std::vector<float> effective_weight;  ///< as weight_s8
    std::vector<float> effective_bias;

    bool has_weights() const { return kind == NodeKind::kConv || kind == NodeKind::kLinear; }
    int64_t macs() const;
};

/// How pixels become the codes of the input node: nothing for raw bytes; else code = Q((pixel / 255 - mean) / std).
struct InputNormalization {
    std::vector<float> mean, std;  ///< per channel; empty: raw bytes
    bool empty() const { return mean.empty(); }
};

struct IntegerNetwork {
    std::string architecture;
    std::vector<IntegerNode> nodes;  ///< execution order; [0] is the input, the last one the classifier (int32 logits)
    InputNormalization normalization;
    std::vector<std::string> class_names;
    /// eta * ws of the classifier: training's logits = integer * 2^-fractional_length * logit_scale. For confidences
    /// alone; no code depends on it.
    double logit_scale = 1;
    std::map<std::string, std::string> metadata;  ///< run, checkpoint hash, dataset, versions

    const IntegerNode& input() const { return nodes.front(); }
    const IntegerNode& output() const { return nodes.back(); }
    int num_classes() const { return output().out_channels; }
    int index_of(const std::string& name) const;
    int64_t macs() const;
    int64_t parameters() const;
};

/// Checks everything an executor relies on: indices, shapes, window sizes, formats, weight codes, bias sizes,
/// fractional lengths, and that no accumulator can leave int32 (255 * sum|w| + |b|, 127 for signed inputs).   Errors
/// DataError / ShapeError naming the node and the value.
void check(const IntegerNetwork& network);

/// `*.f8n`: safetensors inside, graph and formats as JSON in its metadata, a hash per tensor.  Errors: IoError,
/// DataError (file, node, value).
void save_integer_network(const std::string& path, const IntegerNetwork& network);
IntegerNetwork load_integer_network(const std::string& path);

/// The bytes or codes an image enters with: pixels [H, W, C] u8 -> codes [H, W, C] int16 (0..255 or -127..127).
std::vector<int16_t> input_codes(const IntegerNetwork& network, const uint8_t* pixels);
/// The code of every byte of one channel.
std::array<int16_t, 256> input_code_table(const IntegerNetwork& network, int64_t channel);

/// Exactness bounds per node for those who compute in float: the largest |partial sum| that inputs in range can give.
int64_t accumulator_bound(const IntegerNode& node);

}  // namespace f8net
