// SPDX-License-Identifier: Apache-2.0
#include "core/modules/integer_float.h"

#include <cmath>
#include <string>

#include "core/base/error.h"
#include "core/modules/simulated_integer.h"
#include "core/modules/tf32.h"

namespace f8net {

using torch::Tensor;

struct IntegerFloatExecutor::Node {
    Tensor weight, bias;  ///< in the node's float type, [out, in / groups, kh, kw]
    double bound = 0;
};

namespace {

CodeRange range_of(const FixedPointFormat& format) {
    return {format.word_length, format.is_signed};
}

/// [N, C, H, W] or [N, C] -> int32 N H W C for a trace.
std::vector<int32_t> host_integers(const Tensor& x) {
    const Tensor rows = (x.dim() == 4 ? x.permute({0, 2, 3, 1}) : x).to(torch::kInt).cpu().contiguous();
    return {rows.const_data_ptr<int32_t>(), rows.const_data_ptr<int32_t>() + rows.numel()};
}

}  // namespace

IntegerFloatExecutor::IntegerFloatExecutor(const IntegerNetwork& network, torch::Device device)
    : network_(network), device_(device) {
    check(network_);
    nodes_.resize(network_.nodes.size());
    for (size_t i = 0; i < nodes_.size(); ++i) {
        const IntegerNode& node = network_.nodes[i];
        if (!node.has_weights()) continue;
        nodes_[i].bound = static_cast<double>(accumulator_bound(node));
        const auto type = nodes_[i].bound < kFloat32Exact ? torch::kFloat : torch::kDouble;
        const int64_t kernel = node.kind == NodeKind::kConv ? node.window.kernel : 1;
        const int64_t in = node.in_channels / node.groups;
        const Tensor weight = torch::from_blob(const_cast<int8_t*>(node.weight_s8.data()),
                                               {node.out_channels, kernel, kernel, in}, torch::kChar);
        nodes_[i].weight = weight.permute({0, 3, 1, 2}).contiguous().to(device, type);
        if (node.kind == NodeKind::kLinear) nodes_[i].weight = nodes_[i].weight.flatten(1);
        const Tensor bias =
            torch::from_blob(const_cast<int32_t*>(node.bias_s32.data()), {node.out_channels}, torch::kInt);
        nodes_[i].bias = bias.to(device, type, /*non_blocking=*/false, /*copy=*/true);
    }
}

IntegerFloatExecutor::~IntegerFloatExecutor() = default;

Tensor IntegerFloatExecutor::run_codes(const Tensor& codes, LayerTrace* trace) {
    torch::NoGradGuard no_grad;
    const Tf32Scope exact(device_, /*is_allowed=*/false);
    std::vector<StoredTensor> values(nodes_.size());
    for (size_t i = 0; i < nodes_.size(); ++i) {
        const IntegerNode& node = network_.nodes[i];
        const auto input = [&](size_t which) -> const StoredTensor& {
            return values[static_cast<size_t>(node.inputs[which])];
        };
        switch (node.kind) {
            case NodeKind::kInput:
                values[i] = {codes.to(device_, torch::kFloat).contiguous(at::MemoryFormat::ChannelsLast),
                             node.fractional_length, static_cast<double>(node.input_format.max_stored())};
                break;
            case NodeKind::kConv:
            case NodeKind::kLinear: {
                const StoredTensor in =
                    requantize(input(0), range_of(node.input_format), node.input_format.fractional_length);
                if (trace != nullptr)
                    trace->on_codes(node.name, network_.nodes[static_cast<size_t>(node.inputs[0])].output,
                                    host_integers(in.stored));
                const Tensor x = in.stored.to(nodes_[i].weight.scalar_type());
                const Tensor y = node.kind == NodeKind::kLinear
                                     ? torch::linear(x.flatten(1), nodes_[i].weight, nodes_[i].bias)
                                     : torch::conv2d(x, nodes_[i].weight, nodes_[i].bias, node.window.stride,
                                                     node.window.padding, 1, node.groups);
                values[i] = {y, node.fractional_length, nodes_[i].bound};
                break;
            }
            case NodeKind::kRelu:
                values[i] = relu(input(0));
                break;
            case NodeKind::kAdd:
                values[i] = add_streams(input(0), compensated(input(1), node.stream_shift));
                break;
            case NodeKind::kMaxPool:
                values[i] = max_pool(input(0), node.window.kernel, node.window.stride, node.window.padding);
                break;
            case NodeKind::kSumPool:
                values[i] = sum_pool(input(0));
                break;
            case NodeKind::kAveragePool:
                values[i] = average_pool(input(0), range_of(node.input_format), node.input_format.fractional_length);
                break;
        }
        if (trace != nullptr && node.kind != NodeKind::kInput && node.kind != NodeKind::kRelu) {
            trace->on_accumulators(node.name, node.output, host_integers(values[i].stored));
        }
    }
    return values.back().stored.flatten(1).to(torch::kInt).cpu().contiguous();
}

Logits IntegerFloatExecutor::run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) {
    const Shape& shape = network_.input().output;
    if (static_cast<int64_t>(pixels.size()) != images * shape.size()) {
        throw ShapeError(network_.input().name,
                         std::to_string(images * shape.size()) + " bytes for " + std::to_string(images) + " images",
                         std::to_string(pixels.size()));
    }
    Tensor codes = torch::empty({images, shape.height, shape.width, shape.channels}, torch::kShort);
    for (int64_t n = 0; n < images; ++n) {
        const std::vector<int16_t> image = input_codes(network_, pixels.data() + n * shape.size());
        std::copy(image.begin(), image.end(), codes.mutable_data_ptr<int16_t>() + n * shape.size());
    }
    const Tensor logits = run_codes(codes.permute({0, 3, 1, 2}), trace);
    Logits result;
    result.images = images;
    result.classes = logits.size(1);
    result.integers.assign(logits.const_data_ptr<int32_t>(), logits.const_data_ptr<int32_t>() + logits.numel());
    result.values.assign(result.integers.begin(), result.integers.end());
    result.scale = std::ldexp(network_.logit_scale, -network_.output().fractional_length);
    return result;
}

}  // namespace f8net
