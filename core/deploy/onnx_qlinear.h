// SPDX-License-Identifier: Apache-2.0
/// The default flavour: QLinearConv where one layer reads the result, QuantizeLinear for requantization, float max
/// pools; the rest as in integers.
/// Exact    a requantization in float32 is exact up to a shift of 15 (method.md 1); larger ones (sum pools) stay
///          integer.
#pragma once

#include <functional>

#include "core/deploy/onnx_arithmetic.h"

namespace f8net {

class OnnxQLinear : public OnnxArithmetic {
public:
    OnnxQLinear(OnnxBuilder& builder, const IntegerNetwork& network, bool exact_everywhere)
        : OnnxArithmetic(builder, network), exact_everywhere_(exact_everywhere) {}

    void product_codes(const std::string& name, size_t index, const std::string& codes,
                       const FixedPointFormat& format) override;
    void requantize(const std::string& name, size_t source, const FixedPointFormat& format) override;
    void max_pool(size_t index) override;

protected:
    static OnnxQuantization grid(const FixedPointFormat& format);
    /// An operator that gives bytes and saturates, with a clip behind it where the format is narrower: -128 never
    /// appears.
    void limited(const std::string& name, const FixedPointFormat& format,
                 const std::function<void(const std::string& edge)>& make);

    const bool exact_everywhere_;
};

}  // namespace f8net
