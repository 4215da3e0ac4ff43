// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_arithmetic.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/deploy/onnx_qdq.h"
#include "core/deploy/onnx_qlinear.h"
#include "core/network/bounds.h"

namespace f8net {
namespace {

constexpr int64_t kLargestInt32 = std::numeric_limits<int32_t>::max();
/// From this shift on every int32 becomes 0.
constexpr int kVanishingShift = 33;
/// Up to this divisor d the largest dividend, 255 d + d / 2, stays in int32.
constexpr int64_t kLargestInt32Divisor = int64_t{1} << 23;
/// A plane of more pixels, times 2^kVanishingShift, would leave what int64 divides the same way.
constexpr int64_t kLargestPlane = int64_t{1} << 20;

}  // namespace

int onnx_zero_point(const FixedPointFormat& format) {
    return format.is_signed ? 128 : 0;
}

OnnxArithmetic::OnnxArithmetic(OnnxBuilder& builder, const IntegerNetwork& network)
    : builder_(builder), network_(network), bounds_(output_bounds(network)) {}

OnnxArithmetic::~OnnxArithmetic() = default;

std::string OnnxArithmetic::accumulator_edge(size_t index) const {
    if (index + 1 == network_.nodes.size()) return "logits";
    return (is_real(index) ? "real/" : "acc/") + node(index).name;
}

OnnxWeight OnnxArithmetic::weight(size_t index, bool is_unsigned) {
    const IntegerNode& it = node(index);
    const int64_t window = int64_t{it.window.kernel} * it.window.kernel, in = it.in_channels / it.groups;
    const int64_t out = it.out_channels;
    const int8_t* const from = it.weight_s8.data();
    if (it.kind == NodeKind::kLinear) {
        return builder_.weight("weight/" + it.name, {in, out}, is_unsigned, [from, in, out](int8_t* to) {
            for (int64_t i = 0; i < in; ++i) {
                for (int64_t o = 0; o < out; ++o) *to++ = from[o * in + i];
            }
        });
    }
    return builder_.weight("weight/" + it.name, {out, in, it.window.kernel, it.window.kernel}, is_unsigned,
                           [from, in, out, window](int8_t* to) {
                               for (int64_t o = 0; o < out; ++o) {
                                   for (int64_t i = 0; i < in; ++i) {
                                       for (int64_t w = 0; w < window; ++w) *to++ = from[(o * window + w) * in + i];
                                   }
                               }
                           });
}

std::string OnnxArithmetic::bias(size_t index, const std::vector<int64_t>& shape) {
    return builder_.constant("bias/" + node(index).name, shape, node(index).bias_s32);
}

int OnnxArithmetic::code_shift(size_t source, const FixedPointFormat& format) const {
    return node(source).fractional_length - format.fractional_length;
}

void OnnxArithmetic::products(size_t index, const std::string& codes) {
    const IntegerNode& it = node(index);
    const std::string product = "product/" + it.name;
    const int zero = onnx_zero_point(it.input_format);
    if (it.kind == NodeKind::kLinear) {
        builder_.matmul_integer(product, codes, zero, weight(index, true));
        builder_.add(accumulator_edge(index), product, bias(index, {it.out_channels}));
    } else {
        builder_.conv_integer(product, codes, zero, weight(index, true), it.window, it.groups);
        builder_.add(accumulator_edge(index), product, bias(index, {it.out_channels, 1, 1}));
    }
}

void OnnxArithmetic::product_codes(const std::string& name, size_t index, const std::string& codes,
                                   const FixedPointFormat& format) {
    products(index, codes);
    requantize(name, index, format);
}

void OnnxArithmetic::requantize(const std::string& name, size_t source, const FixedPointFormat& format) {
    const std::string x = integers(source);
    const int shift = std::min(code_shift(source, format), kVanishingShift);
    if (shift <= 0) return shifted_left(name, x, -shift, format);
    const int64_t divisor = int64_t{1} << shift;
    if (divisor <= kLargestInt32Divisor) return rounded_quotient(name, x, OnnxType::kInt32, divisor, format);
    rounded_quotient(name, builder_.cast(name + "/wide", x, OnnxType::kInt64), OnnxType::kInt64, divisor, format);
}

/// Clipped first, the shift cannot overflow, and the result is the same.
void OnnxArithmetic::shifted_left(const std::string& name, const std::string& x, int shift,
                                  const FixedPointFormat& format) {
    const int64_t low = format.min_stored(), high = format.max_stored();
    std::string code = builder_.clip_integers(name + "/clip", x, OnnxType::kInt32, low, high);
    if (shift > 0) {
        code = builder_.mul(name + "/left", code, builder_.scalar(OnnxType::kInt32, int64_t{1} << shift));
        code = builder_.clip_integers(name + "/left_clip", code, OnnxType::kInt32, low, high);
    }
    if (format.is_signed)
        code = builder_.add(name + "/offset", code, builder_.scalar(OnnxType::kInt32, onnx_zero_point(format)));
    builder_.cast(name, code, OnnxType::kUint8);
}

/// round_half_even(x / d) + zero point. Clipped to the codes' range and moved by the (even) zero point the dividend is
/// never negative, so that division means the same everywhere; what is added to it before the second division is
/// (d - 1) / 2 where no tie is possible, else d / 2 - 1, and one more where the floor is odd.
void OnnxArithmetic::rounded_quotient(const std::string& name, const std::string& x, OnnxType type, int64_t divisor,
                                      const FixedPointFormat& format) {
    const auto constant = [&](int64_t value) { return builder_.scalar(type, value); };
    const int64_t highest = type == OnnxType::kInt32 ? kLargestInt32 : std::numeric_limits<int64_t>::max();
    if (divisor > highest / 256)
        throw DataError(name + ": its divisor is " + std::to_string(divisor) + ": no ONNX form");
    std::string dividend =
        builder_.clip_integers(name + "/clip", x, type, format.min_stored() * divisor, format.max_stored() * divisor);
    if (format.is_signed)
        dividend = builder_.add(name + "/offset", dividend, constant(onnx_zero_point(format) * divisor));
    const bool can_tie = divisor % 2 == 0;
    const int64_t addend = can_tie ? divisor / 2 - 1 : divisor / 2;
    std::string rounding = dividend;
    if (can_tie) {
        const std::string floor = builder_.div(name + "/floor", dividend, constant(divisor));
        rounding = builder_.add(name + "/even", dividend, builder_.mod(name + "/odd", floor, constant(2)));
    }
    if (addend > 0) rounding = builder_.add(name + "/half", rounding, constant(addend));
    builder_.cast(name, builder_.div(name + "/rounded", rounding, constant(divisor)), OnnxType::kUint8);
}

void OnnxArithmetic::relu(size_t index) {
    builder_.relu(accumulator_edge(index), input_edge(index));
}

void OnnxArithmetic::add(size_t index) {
    const std::string name = accumulator_edge(index);
    const bool is_wide = bounds_[index] > kLargestInt32;
    const OnnxType type = is_wide ? OnnxType::kInt64 : OnnxType::kInt32;
    std::string operands[2];
    for (int i = 0; i < 2; ++i) {
        const std::string part = name + "/operand" + std::to_string(i);
        operands[i] = integers(input(index, static_cast<size_t>(i)));
        if (is_wide) operands[i] = builder_.cast(part + "/wide", operands[i], type);
        const int shift = operand_shift(network_, node(index), i);
        if (shift > 0) operands[i] = builder_.mul(part, operands[i], builder_.scalar(type, int64_t{1} << shift));
    }
    const std::string sum = builder_.add(is_wide ? name + "/sum" : name, operands[0], operands[1]);
    if (is_wide) narrow(name, sum);
}

/// int64 to int32 with one clamp.
void OnnxArithmetic::narrow(const std::string& name, const std::string& wide) {
    const std::string clipped =
        builder_.clip_integers(name + "/clip", wide, OnnxType::kInt64, -kLargestInt32, kLargestInt32);
    builder_.cast(name, clipped, OnnxType::kInt32);
}

/// ONNX Runtime has no int32 max pool: the largest of the shifted planes, first over rows, then over columns.
void OnnxArithmetic::max_pool(size_t index) {
    const IntegerNode& it = node(index);
    const std::string name = accumulator_edge(index);
    std::string x = input_edge(index);
    if (it.window.padding > 0) x = builder_.pad_plane(name + "/pad", x, OnnxType::kInt32, it.window.padding);
    for (const int64_t axis : {2, 3}) {
        const std::string part = axis == 2 ? name + "/row" : name + "/column";
        std::vector<std::string> planes;
        for (int i = 0; i < it.window.kernel; ++i) {
            planes.push_back(builder_.slice(part + std::to_string(i), x, axis, i,
                                            axis == 2 ? it.output.height : it.output.width, it.window.stride));
        }
        x = builder_.max(axis == 2 ? name + "/rows" : name, planes);
    }
}

void OnnxArithmetic::sum_pool(size_t index) {
    const std::string name = accumulator_edge(index), x = integers(input(index));
    if (bounds_[index] <= kLargestInt32) {
        builder_.reduce_sum_plane(name, x);
        return;
    }
    const std::string wide = builder_.cast(name + "/wide", x, OnnxType::kInt64);
    narrow(name, builder_.reduce_sum_plane(name + "/sum", wide));
}

void OnnxArithmetic::average_pool(const std::string& name, size_t index) {
    const IntegerNode& it = node(index);
    const std::string wide = builder_.cast(name + "/wide", integers(input(index)), OnnxType::kInt64);
    std::string sum = builder_.reduce_sum_plane(name + "/sum", wide);
    const int shift = std::min(code_shift(input(index), it.input_format), kVanishingShift);
    if (shift < 0) sum = builder_.mul(name + "/left", sum, builder_.scalar(OnnxType::kInt64, int64_t{1} << -shift));
    const int64_t plane = int64_t{it.window.kernel} * it.window.kernel;
    if (plane > kLargestPlane)
        throw DataError("node '" + it.name + "' averages " + std::to_string(plane) + " pixels: no ONNX form");
    rounded_quotient(name, sum, OnnxType::kInt64, plane << std::max(shift, 0), it.input_format);
}

std::unique_ptr<OnnxArithmetic> make_onnx_arithmetic(OnnxBuilder& builder, const IntegerNetwork& network,
                                                     const OnnxOptions& options) {
    switch (options.flavour) {
        case OnnxFlavour::kQLinear:
            return std::make_unique<OnnxQLinear>(builder, network, options.exact_everywhere);
        case OnnxFlavour::kQdq:
            return std::make_unique<OnnxQdq>(builder, network, options.exact_everywhere);
        case OnnxFlavour::kInteger:
            break;
    }
    return std::make_unique<OnnxArithmetic>(builder, network);
}

}  // namespace f8net
