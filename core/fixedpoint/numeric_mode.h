// SPDX-License-Identifier: Apache-2.0
/// The ways a network can be computed (method.md 5), as one enumeration; names as on the command line.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace f8net {

enum class NumericMode {
    kFloat,             ///< real numbers, clipped where the fixed-point format would clip
    kFloatUnclipped,    ///< real numbers, plain ReLU
    kFakeQuant,         ///< float tensors that hold quantized values, as in training
    kSimulatedInteger,  ///< the training modules with integer codes held in floats
    kIntegerFloat,      ///< the lowered network in a float type
    kIntegerOnly,       ///< the lowered network in integers
};

inline constexpr std::array kNumericModeNames{"float",             "float-unclipped", "fake-quant",
                                              "simulated-integer", "integer-float",   "integer-only"};

inline std::string to_string(NumericMode mode) { return kNumericModeNames[static_cast<size_t>(mode)]; }

inline std::optional<NumericMode> parse_numeric_mode(std::string_view name) {
    for (size_t i = 0; i < kNumericModeNames.size(); ++i) {
        if (name == kNumericModeNames[i]) return static_cast<NumericMode>(i);
    }
    return std::nullopt;
}

/// The three modes that must agree in every code.
inline bool is_integer_mode(NumericMode mode) {
    return mode == NumericMode::kSimulatedInteger || mode == NumericMode::kIntegerFloat || mode == NumericMode::kIntegerOnly;
}

}  // namespace f8net
