// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_export.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/deploy/onnx_builder.h"
#include "core/network/bounds.h"

namespace f8net {
namespace {

constexpr int64_t kLargestInt32 = std::numeric_limits<int32_t>::max();
constexpr int64_t kExactInFloat = int64_t{1} << 24;
/// Up to this shift every accumulator that float32 cannot hold saturates anyway: 2^24 / 2^15 > 255.
constexpr int kLargestFloatShift = 15;

/// Signed codes travel as code + 128.
int zero_point(const FixedPointFormat& format) {
    return format.is_signed ? 128 : 0;
}

OnnxQuantization grid_of(const FixedPointFormat& format) {
    return {static_cast<float>(format.scale()), zero_point(format)};
}

class Converter {
public:
    Converter(const IntegerNetwork& network, const OnnxOptions& options)
        : network_(network),
          options_(options),
          builder_(network.architecture.empty() ? "f8net" : network.architecture),
          bounds_(output_bounds(network)),
          accumulators_(network.nodes.size()),
          codes_(network.nodes.size()) {}

    std::string run() {
        const Shape& input = network_.input().output;
        builder_.input("pixels", OnnxType::kUint8, {0, input.channels, input.height, input.width});
        for (size_t i = 0; i < network_.nodes.size(); ++i) convert(i);
        builder_.output("logits", OnnxType::kInt32, {0, network_.num_classes()});
        write_metadata();
        return builder_.finish("F8Net Workbench", F8NET_VERSION);
    }

private:
    const IntegerNode& at(size_t index) const { return network_.nodes[index]; }
    size_t input_index(const IntegerNode& node, size_t i = 0) const { return static_cast<size_t>(node.inputs[i]); }

    std::vector<size_t> readers_of(size_t index) const {
        std::vector<size_t> readers;
        for (size_t i = index + 1; i < network_.nodes.size(); ++i) {
            const auto& inputs = at(i).inputs;
            if (std::find(inputs.begin(), inputs.end(), static_cast<int>(index)) != inputs.end()) readers.push_back(i);
        }
        return readers;
    }

    /// The layer whose codes are all that is wanted of this node; a ReLU before unsigned codes is their clip at zero.
    std::optional<size_t> only_code_reader(size_t index) const {
        const auto readers = readers_of(index);
        if (readers.size() != 1) return std::nullopt;
        const IntegerNode& reader = at(readers[0]);
        if (reader.has_weights()) return readers[0];
        if (reader.kind != NodeKind::kRelu) return std::nullopt;
        const auto behind = only_code_reader(readers[0]);
        return behind && !at(*behind).input_format.is_signed ? behind : std::nullopt;
    }

    void convert(size_t index) {
        const IntegerNode& node = at(index);
        switch (node.kind) {
            case NodeKind::kInput:
                convert_input(index);
                break;
            case NodeKind::kConv:
                convert_conv(index);
                break;
            case NodeKind::kLinear:
                convert_linear(index);
                break;
            case NodeKind::kRelu:
                convert_relu(index);
                break;
            case NodeKind::kAdd:
                convert_add(index);
                break;
            case NodeKind::kMaxPool:
                convert_max_pool(index);
                break;
            case NodeKind::kSumPool:
                convert_sum_pool(index);
                break;
            case NodeKind::kAveragePool:
                convert_average_pool(index);
                break;
        }
    }

    void convert_input(size_t index) { hand_codes_to_readers(index, "pixels"); }

    /// For nodes whose output is codes already.
    void hand_codes_to_readers(size_t index, const std::string& edge) {
        for (const size_t reader : readers_of(index)) {
            if (!at(reader).has_weights() || !(at(reader).input_format == at(index).input_format)) {
                throw DataError("node '" + at(reader).name + "' reads the codes of '" + at(index).name +
                                "' in another format: no ONNX form");
            }
            codes_[reader] = edge;
        }
    }

    std::string accumulators(size_t index) const {
        if (accumulators_[index].empty()) throw DataError("node '" + at(index).name + "' has no int32 form in ONNX");
        return accumulators_[index];
    }

    /// The layer's input codes, requantized here where no earlier node gave them.
    std::string codes_of(size_t index) {
        if (!codes_[index].empty()) return codes_[index];
        const IntegerNode& node = at(index);
        const size_t source = input_index(node);
        codes_[index] =
            requantized("code/" + node.name, accumulators(source), at(source).fractional_length, node.input_format);
        return codes_[index];
    }

    std::string requantized(const std::string& name, const std::string& x, int fractional_length,
                            const FixedPointFormat& format) {
        const int shift = fractional_length - format.fractional_length;
        if (shift > kLargestFloatShift) {
            return rounded_quotient(name, builder_.cast(name + "/wide", x, OnnxType::kInt64), int64_t{1} << shift,
                                    format);
        }
        const std::string real = builder_.cast(name + "/float", x, OnnxType::kFloat);
        return limited(name, format, [&](const std::string& edge) {
            return builder_.quantize_linear(edge, real, {std::ldexp(1.0f, shift), zero_point(format)});
        });
    }

    /// Codes of an operator that saturates to uint8, clipped where the format is narrower (-128 never appears).
    template <typename Operator>
    std::string limited(const std::string& name, const FixedPointFormat& format, Operator make) {
        const int64_t low = format.min_stored() + zero_point(format), high = format.max_stored() + zero_point(format);
        if (low == 0 && high == 255) return make(name);
        return builder_.clip(name, make(name + "/unlimited"), OnnxType::kUint8, low, high);
    }

    /// round_half_even(x / divisor) as codes; x int64. floor = (x - x mod d) / d, and one more where 2 * rest +
    /// odd(floor) > d.
    std::string rounded_quotient(const std::string& name, const std::string& x, int64_t divisor,
                                 const FixedPointFormat& format) {
        const auto wide = [&](int64_t value) { return builder_.scalar(OnnxType::kInt64, value); };
        const std::string rest = builder_.mod(name + "/rest", x, wide(divisor));
        const std::string whole = builder_.sub(name + "/whole", x, rest);
        const std::string floor = builder_.div(name + "/floor", whole, wide(divisor));
        const std::string odd = builder_.bitwise_and(name + "/odd", floor, wide(1));
        const std::string twice = builder_.add(name + "/twice", rest, rest);
        const std::string up = builder_.greater(name + "/up", builder_.add(name + "/tie", twice, odd), wide(divisor));
        const std::string rounded =
            builder_.add(name + "/rounded", floor, builder_.cast(name + "/one", up, OnnxType::kInt64));
        std::string code =
            builder_.clip(name + "/clip", rounded, OnnxType::kInt64, format.min_stored(), format.max_stored());
        if (format.is_signed) code = builder_.add(name + "/shifted", code, wide(zero_point(format)));
        return builder_.cast(name, code, OnnxType::kUint8);
    }

    /// [out, kh, kw, in] to ONNX's [out, in, kh, kw].
    OnnxWeight convolution_weight(const IntegerNode& node, bool is_unsigned) {
        const int window = node.window.kernel * node.window.kernel, in = node.in_channels / node.groups;
        std::vector<int8_t> weight;
        weight.reserve(node.weight_s8.size());
        for (int out = 0; out < node.out_channels; ++out) {
            for (int channel = 0; channel < in; ++channel) {
                for (int position = 0; position < window; ++position) {
                    weight.push_back(
                        node.weight_s8[static_cast<size_t>((int64_t{out} * window + position) * in + channel)]);
                }
            }
        }
        return builder_.weight("weight/" + node.name, {node.out_channels, in, node.window.kernel, node.window.kernel},
                               weight, is_unsigned);
    }

    void convert_conv(size_t index) {
        const IntegerNode& node = at(index);
        const std::string codes = codes_of(index);
        const auto reader = only_code_reader(index);
        const OnnxWeight weight = convolution_weight(node, !reader || options_.exact_everywhere);
        if (reader) {
            const FixedPointFormat& format = at(*reader).input_format;
            const std::string bias = builder_.constant("bias/" + node.name, {node.out_channels}, node.bias_s32);
            std::string result = limited("code/" + at(*reader).name, format, [&](const std::string& edge) {
                return builder_.qlinear_conv(edge, codes, grid_of(node.input_format), weight,
                                             static_cast<float>(node.weight_format.scale()), grid_of(format), bias,
                                             node.window, node.groups);
            });
            codes_[*reader] =
                at(*reader).kind == NodeKind::kLinear ? builder_.flatten("flat/" + at(*reader).name, result) : result;
            return;
        }
        const std::string product = builder_.conv_integer("product/" + node.name, codes, zero_point(node.input_format),
                                                          weight, node.window, node.groups);
        const std::string bias = builder_.constant("bias/" + node.name, {node.out_channels, 1, 1}, node.bias_s32);
        accumulators_[index] = builder_.add("acc/" + node.name, product, bias);
    }

    void convert_linear(size_t index) {
        const IntegerNode& node = at(index);
        const std::string codes = codes_of(index);
        std::vector<int8_t> weight(node.weight_s8.size());
        for (int out = 0; out < node.out_channels; ++out) {
            for (int in = 0; in < node.in_channels; ++in) {
                weight[static_cast<size_t>(int64_t{in} * node.out_channels + out)] =
                    node.weight_s8[static_cast<size_t>(int64_t{out} * node.in_channels + in)];
            }
        }
        const OnnxWeight matrix =
            builder_.weight("weight/" + node.name, {node.in_channels, node.out_channels}, weight, true);
        const std::string product =
            builder_.matmul_integer("product/" + node.name, codes, zero_point(node.input_format), matrix);
        const std::string bias = builder_.constant("bias/" + node.name, {node.out_channels}, node.bias_s32);
        const bool is_last = index + 1 == network_.nodes.size();
        accumulators_[index] = builder_.add(is_last ? "logits" : "acc/" + node.name, product, bias);
    }

    void convert_relu(size_t index) {
        // Its input has no int32 form where the convolution before it gives codes at once.
        const std::string& source = accumulators_[input_index(at(index))];
        if (!source.empty()) accumulators_[index] = builder_.relu("acc/" + at(index).name, source);
    }

    void convert_add(size_t index) {
        const IntegerNode& node = at(index);
        const std::string name = "acc/" + node.name;
        const bool is_wide = bounds_[index] > kLargestInt32;
        std::string operands[2];
        for (int i = 0; i < 2; ++i) {
            operands[i] = accumulators(input_index(node, static_cast<size_t>(i)));
            const std::string part = name + "/operand" + std::to_string(i);
            if (is_wide) operands[i] = builder_.cast(part + "/wide", operands[i], OnnxType::kInt64);
            const int shift = operand_shift(network_, node, i);
            if (shift == 0) continue;
            const OnnxType type = is_wide ? OnnxType::kInt64 : OnnxType::kInt32;
            operands[i] = builder_.mul(part, operands[i], builder_.scalar(type, int64_t{1} << shift));
        }
        accumulators_[index] = is_wide ? narrowed(name, builder_.add(name + "/sum", operands[0], operands[1]))
                                       : builder_.add(name, operands[0], operands[1]);
    }

    /// int64 to int32 with one clamp.
    std::string narrowed(const std::string& name, const std::string& x) {
        return builder_.cast(name, builder_.clip(name + "/clip", x, OnnxType::kInt64, -kLargestInt32, kLargestInt32),
                             OnnxType::kInt32);
    }

    /// ONNX Runtime has no int32 max pool; a float type that holds every value is exact. Nothing is negative, so
    /// padding does not matter.
    void convert_max_pool(size_t index) {
        const IntegerNode& node = at(index);
        const std::string name = "acc/" + node.name;
        const OnnxType type = bounds_[index] < kExactInFloat ? OnnxType::kFloat : OnnxType::kDouble;
        const std::string real = builder_.cast(name + "/real", accumulators(input_index(node)), type);
        accumulators_[index] =
            builder_.cast(name, builder_.max_pool(name + "/max", real, node.window), OnnxType::kInt32);
    }

    void convert_sum_pool(size_t index) {
        const IntegerNode& node = at(index);
        const std::string name = "acc/" + node.name, x = accumulators(input_index(node));
        accumulators_[index] =
            bounds_[index] > kLargestInt32
                ? narrowed(name,
                           builder_.reduce_sum_plane(name + "/sum", builder_.cast(name + "/wide", x, OnnxType::kInt64)))
                : builder_.reduce_sum_plane(name, x);
    }

    void convert_average_pool(size_t index) {
        const IntegerNode& node = at(index);
        const auto readers = readers_of(index);
        const std::string name = "code/" + at(readers.empty() ? index : readers.front()).name;
        const std::string wide = builder_.cast(name + "/wide", accumulators(input_index(node)), OnnxType::kInt64);
        std::string sum = builder_.reduce_sum_plane(name + "/sum", wide);
        const int shift = at(input_index(node)).fractional_length - node.input_format.fractional_length;
        if (shift < 0) sum = builder_.mul(name + "/left", sum, builder_.scalar(OnnxType::kInt64, int64_t{1} << -shift));
        const int64_t divisor = (int64_t{node.window.kernel} * node.window.kernel) << std::max(shift, 0);
        hand_codes_to_readers(index, rounded_quotient(name, sum, divisor, node.input_format));
    }

    void write_metadata() {
        for (const auto& [key, value] : network_.metadata) builder_.metadata("f8net." + key, value);
        builder_.metadata("f8net.architecture", network_.architecture);
        builder_.metadata("f8net.input",
                          network_.normalization.empty() ? "raw bytes" : "codes of the normalized image + 128");
        builder_.metadata("f8net.input_format", network_.input().input_format.to_string());
        builder_.metadata("f8net.logits_fractional_length", std::to_string(network_.output().fractional_length));
        std::string names;
        for (const std::string& name : network_.class_names) names += (names.empty() ? "" : "\n") + name;
        if (!names.empty()) builder_.metadata("f8net.class_names", names);
        for (const IntegerNode& node : network_.nodes) {
            if (!node.has_weights()) continue;
            builder_.metadata("f8net.layer." + node.name,
                              "input " + node.input_format.to_string() + ", weight " + node.weight_format.to_string());
        }
    }

    const IntegerNetwork& network_;
    const OnnxOptions options_;
    OnnxBuilder builder_;
    std::vector<int64_t> bounds_;
    std::vector<std::string> accumulators_;  ///< per node: its int32 edge, where it has one
    std::vector<std::string> codes_;         ///< per layer: the edge of its input codes, once it is known
};

}  // namespace

std::string to_onnx(const IntegerNetwork& network, const OnnxOptions& options) {
    check(network);
    return Converter(network, options).run();
}

void export_onnx(const IntegerNetwork& network, const std::string& path, const OnnxOptions& options) {
    AtomicFile file(path);
    file.write(to_onnx(network, options));
    file.commit();
}

}  // namespace f8net
