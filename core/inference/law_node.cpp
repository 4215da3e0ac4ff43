// SPDX-License-Identifier: Apache-2.0
#include "core/inference/law_node.h"

#include "core/inference/node_operations.h"
#include "core/network/bounds.h"

namespace f8net {

int input_shift(const IntegerNetwork& network, const IntegerNode& node) {
    return network.nodes[static_cast<size_t>(node.inputs[0])].fractional_length - node.input_format.fractional_length;
}

LawNode::LawNode(const IntegerNetwork& network, const IntegerNode& node, LawKernels kernels)
    : kind_(node.kind), out_(node.output), window_(node.window), format_(node.input_format) {
    if (kind_ == NodeKind::kInput) return;
    in_ = network.nodes[static_cast<size_t>(node.inputs[0])].output;
    if (node.has_weights() || kind_ == NodeKind::kAveragePool) shift_ = input_shift(network, node);
    if (kind_ == NodeKind::kAdd) {
        for (const int operand : {0, 1}) operand_shifts_[operand] = operand_shift(network, node, operand);
    }
    if (node.has_weights()) {
        const LayerPlan plan{node, in_, shift_};
        kernel_ = kernels == LawKernels::kReference ? make_reference_kernel(plan) : make_scalar_kernel(plan);
    }
}

void LawNode::run(const int32_t* input, const int32_t* second, int32_t* output, Scratch& scratch) const {
    switch (kind_) {
        case NodeKind::kInput:
            break;
        case NodeKind::kConv:
        case NodeKind::kLinear:
            kernel_->run(input, output, scratch);
            break;
        case NodeKind::kRelu:
            relu(input, in_.size(), output);
            break;
        case NodeKind::kAdd:
            add_saturating(input, operand_shifts_[0], second, operand_shifts_[1], in_.size(), output);
            break;
        case NodeKind::kMaxPool:
            max_pool(input, in_, window_, out_, output);
            break;
        case NodeKind::kSumPool:
            sum_pool(input, in_, output);
            break;
        case NodeKind::kAveragePool:
            average_pool(input, in_, shift_, format_, output);
            break;
    }
}

}  // namespace f8net
