// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/onnx_qlinear.h"

#include <cmath>

namespace f8net {
namespace {

constexpr int64_t kExactInFloat = int64_t{1} << 24;
/// Up to this shift every accumulator that float32 cannot hold saturates anyway: 2^24 / 2^15 > 255.
constexpr int kLargestFloatShift = 15;

}  // namespace

OnnxQuantization OnnxQLinear::grid(const FixedPointFormat& format) {
    return {static_cast<float>(format.scale()), onnx_zero_point(format)};
}

void OnnxQLinear::limited(const std::string& name, const FixedPointFormat& format,
                          const std::function<void(const std::string& edge)>& make) {
    const int64_t low = format.min_stored() + onnx_zero_point(format);
    const int64_t high = format.max_stored() + onnx_zero_point(format);
    if (low == 0 && high == 255) return make(name);
    make(name + "/unlimited");
    builder_.clip(name, name + "/unlimited", OnnxType::kUint8, low, high);
}

void OnnxQLinear::product_codes(const std::string& name, size_t index, const std::string& codes,
                                const FixedPointFormat& format) {
    const IntegerNode& it = node(index);
    limited(name, format, [&](const std::string& edge) {
        builder_.qlinear_conv(edge, codes, grid(it.input_format), weight(index, exact_everywhere_),
                              static_cast<float>(it.weight_format.scale()), grid(format),
                              bias(index, {it.out_channels}), it.window, it.groups);
    });
}

void OnnxQLinear::requantize(const std::string& name, size_t source, const FixedPointFormat& format) {
    const int shift = code_shift(source, format);
    if (shift > kLargestFloatShift) return OnnxArithmetic::requantize(name, source, format);
    const std::string real = builder_.cast(name + "/float", integers(source), OnnxType::kFloat);
    limited(name, format, [&](const std::string& edge) {
        builder_.quantize_linear(edge, real, {std::ldexp(1.0f, shift), onnx_zero_point(format)});
    });
}

/// A float type that holds every value is exact. Nothing is negative where there is padding, so it does not matter.
void OnnxQLinear::max_pool(size_t index) {
    const std::string name = accumulator_edge(index);
    const OnnxType type = bounds_[index] < kExactInFloat ? OnnxType::kFloat : OnnxType::kDouble;
    const std::string real = builder_.cast(name + "/real", input_edge(index), type);
    builder_.cast(name, builder_.max_pool(name + "/max", real, node(index).window), OnnxType::kInt32);
}

}  // namespace f8net
