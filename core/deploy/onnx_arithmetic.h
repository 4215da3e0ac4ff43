// SPDX-License-Identifier: Apache-2.0
/// How a flavour of ONNX computes what the nodes of a network stand for. This class is the integer flavour: it says
/// everything in integer operators; the other flavours derive from it and replace what they have another expression
/// for. Which node reads which, and the names of edges that others see, are the converter's (onnx_export.cpp).
/// Edges    codes uint8 [N, C, H, W], signed ones + 128; accumulators int32 [N, C, H, W], or, where is_real(node), the
///          real numbers that they stand for, as float32.
/// Exact    each method gives the law's integers for every input in range; a flavour takes an expression only where
///          bounds prove that.
/// Threads  one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/deploy/onnx_builder.h"
#include "core/deploy/onnx_export.h"
#include "core/network/integer_network.h"

namespace f8net {

class OnnxArithmetic {
public:
    OnnxArithmetic(OnnxBuilder& builder, const IntegerNetwork& network);
    virtual ~OnnxArithmetic();
    OnnxArithmetic(const OnnxArithmetic&) = delete;
    OnnxArithmetic& operator=(const OnnxArithmetic&) = delete;

    virtual bool is_real(size_t /*index*/) const { return false; }
    /// "acc/NODE", "real/NODE" where it is real, "logits" of the last node.
    std::string accumulator_edge(size_t index) const;
    /// What a reader of the file should know of a layer beside its formats; mostly empty.
    virtual std::string remark(size_t /*index*/) const { return {}; }

    // Each makes the accumulator edge of its node out of those of the node's inputs, or of codes.
    virtual void products(size_t index, const std::string& codes);  ///< conv, linear (codes [N, C] there)
    void relu(size_t index);
    virtual void add(size_t index);
    virtual void max_pool(size_t index);
    virtual void sum_pool(size_t index);

    // Each makes the edge `name` of codes.
    virtual void requantize(const std::string& name, size_t source, const FixedPointFormat& format);
    /// products() and requantize() where nobody else wants the accumulators, whose edge then need not be there.
    virtual void product_codes(const std::string& name, size_t index, const std::string& codes,
                               const FixedPointFormat& format);
    void average_pool(const std::string& name, size_t index);

protected:
    const IntegerNode& node(size_t index) const { return network_.nodes[index]; }
    size_t input(size_t index, size_t operand = 0) const { return static_cast<size_t>(node(index).inputs[operand]); }
    std::string input_edge(size_t index, size_t operand = 0) const { return accumulator_edge(input(index, operand)); }
    /// The int32 accumulators of a node in any case.
    virtual std::string integers(size_t index) { return accumulator_edge(index); }
    /// ONNX's layout: [out, in / groups, kh, kw] of a conv, [in, out] of a linear node.
    OnnxWeight weight(size_t index, bool is_unsigned);
    std::string bias(size_t index, const std::vector<int64_t>& shape);
    int code_shift(size_t source, const FixedPointFormat& format) const;

    OnnxBuilder& builder_;
    const IntegerNetwork& network_;
    const std::vector<int64_t> bounds_;

private:
    void rounded_quotient(const std::string& name, const std::string& x, OnnxType type, int64_t divisor,
                          const FixedPointFormat& format);
    void shifted_left(const std::string& name, const std::string& x, int shift, const FixedPointFormat& format);
    void narrow(const std::string& name, const std::string& wide);
};

/// What is added to a code on its edge.
int onnx_zero_point(const FixedPointFormat& format);

std::unique_ptr<OnnxArithmetic> make_onnx_arithmetic(OnnxBuilder& builder, const IntegerNetwork& network,
                                                     const OnnxOptions& options);

}  // namespace f8net
