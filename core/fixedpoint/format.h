// SPDX-License-Identifier: Apache-2.0
/// A fixed-point format: which real numbers a code of few bits stands for.
/// Formula  real = stored * 2^-fractional_length; codes signed [-(2^(WL-1)-1), 2^(WL-1)-1] (-128 is never used), unsigned [0, 2^WL-1].
/// Source   F8Net (arXiv 2202.05239); method.md 1.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace f8net {

struct FixedPointFormat {
    int word_length = 8;        ///< all bits, sign included, 2 to 32
    int fractional_length = 0;  ///< bits right of the binary point, 0 to word_length - is_signed for 8-bit data
    bool is_signed = false;

    int64_t max_stored() const { return (int64_t{1} << (word_length - (is_signed ? 1 : 0))) - 1; }
    int64_t min_stored() const { return is_signed ? -max_stored() : 0; }
    int max_fractional_length() const { return word_length - (is_signed ? 1 : 0); }
    /// The step: 2^-fractional_length.
    double scale() const { return std::ldexp(1.0, -fractional_length); }
    double max_value() const { return static_cast<double>(max_stored()) * scale(); }
    double min_value() const { return static_cast<double>(min_stored()) * scale(); }
    /// "u8.6", "s8.4".
    std::string to_string() const {
        return (is_signed ? "s" : "u") + std::to_string(word_length) + "." + std::to_string(fractional_length);
    }
    bool operator==(const FixedPointFormat&) const = default;
};

}  // namespace f8net
