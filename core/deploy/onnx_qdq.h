// SPDX-License-Identifier: Apache-2.0
/// QuantizeLinear / DequantizeLinear pairs around float Conv, Add and Gemm: every scale a power of two, every real
/// number an integer times one.
/// Exact    where no sum can leave 2^24, in whatever order it is added up. Other layers, and the streams they are added
///          to, are in integers as in the QLinear flavour; remark() says so.
#pragma once

#include <set>

#include "core/deploy/onnx_qlinear.h"

namespace f8net {

class OnnxQdq final : public OnnxQLinear {
public:
    OnnxQdq(OnnxBuilder& builder, const IntegerNetwork& network, bool exact_everywhere);

    bool is_real(size_t index) const override { return is_real_[index]; }
    std::string remark(size_t index) const override;

    void products(size_t index, const std::string& codes) override;
    void product_codes(const std::string& name, size_t index, const std::string& codes,
                       const FixedPointFormat& format) override;
    void requantize(const std::string& name, size_t source, const FixedPointFormat& format) override;
    void add(size_t index) override;
    void max_pool(size_t index) override;
    void sum_pool(size_t index) override;

private:
    std::string integers(size_t index) override;

    std::vector<bool> is_real_;
    std::set<size_t> has_integers_;  ///< real ones whose int32 edge is made
};

}  // namespace f8net
