// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_qdq.h"

#include <cmath>

namespace f8net {
namespace {

constexpr int64_t kExactInFloat = int64_t{1} << 24;

/// Nodes that only pass on or add up accumulators: real or integer as one with what they read.
bool is_of_one_kind_with_inputs(const IntegerNode& node) {
    return node.kind == NodeKind::kRelu || node.kind == NodeKind::kAdd || node.kind == NodeKind::kMaxPool;
}

}  // namespace

OnnxQdq::OnnxQdq(OnnxBuilder& builder, const IntegerNetwork& network, bool exact_everywhere)
    : OnnxQLinear(builder, network, exact_everywhere) {
    for (const int64_t bound : bounds_) is_real_.push_back(bound < kExactInFloat);
    for (bool changed = true; changed;) {
        changed = false;
        const auto make_integer = [&](size_t index) {
            changed = changed || is_real_[index];
            is_real_[index] = false;
        };
        for (size_t i = 0; i < network.nodes.size(); ++i) {
            const IntegerNode& it = node(i);
            if (!is_of_one_kind_with_inputs(it)) continue;
            for (size_t operand = 0; operand < it.inputs.size(); ++operand) {
                if (!is_real_[i]) make_integer(input(i, operand));
                if (!is_real_[input(i, operand)]) make_integer(i);
            }
        }
        // Integer sum pools take real inputs too, but a real one needs them.
        for (size_t i = 0; i < network.nodes.size(); ++i) {
            if (node(i).kind == NodeKind::kSumPool && !is_real_[input(i)]) make_integer(i);
        }
    }
}

std::string OnnxQdq::remark(size_t index) const {
    return is_real_[index] ? std::string() : "in integers: float32 does not hold its sums, or those it is added to";
}

void OnnxQdq::products(size_t index, const std::string& codes) {
    if (!is_real_[index]) return OnnxQLinear::products(index, codes);
    const IntegerNode& it = node(index);
    const std::string x = builder_.dequantize_linear(codes + "/real", codes, grid(it.input_format));
    const OnnxWeight stored = weight(index, exact_everywhere_);
    const std::string matrix =
        builder_.dequantize_weight(stored.edge + "/real", stored, static_cast<float>(it.weight_format.scale()));
    const std::string offset = builder_.dequantize_bias("bias/" + it.name + "/real", bias(index, {it.out_channels}),
                                                        std::ldexp(1.0f, -it.fractional_length));
    if (it.kind == NodeKind::kLinear)
        builder_.gemm(accumulator_edge(index), x, matrix, offset);
    else
        builder_.conv(accumulator_edge(index), x, matrix, offset, it.window, it.groups);
}

void OnnxQdq::product_codes(const std::string& name, size_t index, const std::string& codes,
                            const FixedPointFormat& format) {
    if (is_real_[index])
        OnnxArithmetic::product_codes(name, index, codes, format);
    else
        OnnxQLinear::product_codes(name, index, codes, format);
}

void OnnxQdq::requantize(const std::string& name, size_t source, const FixedPointFormat& format) {
    if (!is_real_[source]) return OnnxQLinear::requantize(name, source, format);
    limited(name, format,
            [&](const std::string& edge) { builder_.quantize_linear(edge, accumulator_edge(source), grid(format)); });
}

void OnnxQdq::add(size_t index) {
    if (!is_real_[index]) return OnnxQLinear::add(index);
    const IntegerNode& it = node(index);
    std::string stream = input_edge(index, 1);
    if (it.stream_shift != 0) {
        stream = builder_.mul(accumulator_edge(index) + "/stream", stream,
                              builder_.scalar(std::ldexp(1.0f, it.stream_shift)));
    }
    builder_.add(accumulator_edge(index), input_edge(index, 0), stream);
}

void OnnxQdq::max_pool(size_t index) {
    if (!is_real_[index]) return OnnxQLinear::max_pool(index);
    builder_.max_pool(accumulator_edge(index), input_edge(index), node(index).window);
}

void OnnxQdq::sum_pool(size_t index) {
    if (!is_real_[index]) return OnnxQLinear::sum_pool(index);
    const std::string name = accumulator_edge(index);
    builder_.mul(name, builder_.reduce_sum_plane(name + "/sum", input_edge(index)),
                 builder_.scalar(std::ldexp(1.0f, -node(index).sum_pool_shift)));
}

std::string OnnxQdq::integers(size_t index) {
    if (!is_real_[index]) return OnnxQLinear::integers(index);
    std::string name = "acc/" + node(index).name;
    if (has_integers_.insert(index).second) {
        const std::string whole = builder_.mul(name + "/whole", accumulator_edge(index),
                                               builder_.scalar(std::ldexp(1.0f, node(index).fractional_length)));
        builder_.cast(name, whole, OnnxType::kInt32);
        const Shape& shape = node(index).output;
        builder_.expose(name, OnnxType::kInt32, {0, shape.channels, shape.height, shape.width});
    }
    return name;
}

}  // namespace f8net
