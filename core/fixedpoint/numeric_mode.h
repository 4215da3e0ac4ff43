// SPDX-License-Identifier: Apache-2.0
/// With which numbers a network computes: one enum instead of a dozen booleans.
/// Source   method.md 5 (the authors' floating, fixed-point, int_infer, integize, int_op_only); design.md 3.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace f8net {

enum class NumericMode {
    kFloat,             ///< "float": clipped where the fixed-point network clips, not rounded
    kFloatUnclipped,    ///< "float-unclipped": plain ReLU, no clipping levels
    kFakeQuant,         ///< "fake-quant": quantized values held in floats, as in training
    kSimulatedInteger,  ///< "simulated-integer": the training modules with integer codes held in floats
    kIntegerFloat,      ///< "integer-float": the lowered network, integer codes in a float dtype
    kIntegerOnly,       ///< "integer-only": the lowered network, integers only
};

/// In the order of the enum.
inline constexpr std::array<std::string_view, 6> kNumericModeNames = {
    "float", "float-unclipped", "fake-quant", "simulated-integer", "integer-float", "integer-only"};

inline std::string to_string(NumericMode mode) {
    return std::string(kNumericModeNames[static_cast<size_t>(mode)]);
}

inline std::optional<NumericMode> numeric_mode_from_string(std::string_view name) {
    for (size_t i = 0; i < kNumericModeNames.size(); ++i) {
        if (kNumericModeNames[i] == name) return static_cast<NumericMode>(i);
    }
    return std::nullopt;
}

/// Modes whose codes must be equal element for element.
inline bool is_integer_mode(NumericMode mode) {
    return mode >= NumericMode::kSimulatedInteger;
}

}  // namespace f8net
