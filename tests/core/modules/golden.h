// SPDX-License-Identifier: Apache-2.0
/// Reads golden tensors into LibTorch and compares with the tolerances of tests/golden/README.md.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <string>

#include "core/modules/network_state.h"
#include "core/tensorfile/safetensors.h"

namespace f8net::golden {

inline std::string folder() {
    return std::string(F8NET_SOURCE_DIR) + "/tests/golden/";
}

class File {
public:
    explicit File(const std::string& name) : map_(read_safetensors(folder() + name)) {}
    bool has(const std::string& name) const { return map_.contains(name); }
    torch::Tensor get(const std::string& name) const { return from_host(map_.at(name)); }
    torch::Tensor get(const std::string& name, torch::ScalarType type) const { return get(name).to(type); }
    const TensorMap& map() const { return map_; }

private:
    TensorMap map_;
};

/// max |a - e| <= tolerance * max |e| (or * scale where given).
inline void expect_close(const torch::Tensor& actual, const torch::Tensor& expected, double tolerance,
                         const std::string& what, double scale = -1) {
    ASSERT_EQ(actual.numel(), expected.numel()) << what;
    const torch::Tensor e = expected.to(torch::kDouble).flatten();
    const torch::Tensor a = actual.detach().to(torch::kDouble).contiguous().flatten();
    const double limit = tolerance * (scale >= 0 ? scale : e.abs().max().item<double>());
    const double worst = (a - e).abs().max().item<double>();
    EXPECT_LE(worst, limit) << what << ": largest difference " << worst;
}

inline void expect_equal(const torch::Tensor& actual, const torch::Tensor& expected, const std::string& what) {
    ASSERT_EQ(actual.numel(), expected.numel()) << what;
    const torch::Tensor different =
        actual.detach().to(torch::kDouble).contiguous().flatten() != expected.to(torch::kDouble).contiguous().flatten();
    EXPECT_EQ(different.sum().item<int64_t>(), 0) << what << ": elements that differ";
}

/// Keeps the last layer seen.
class Capture final : public LayerObserver {
public:
    void on_layer(const LayerView& view) override {
        quantized_input = view.quantized_input;
        effective_weight = view.effective_weight;
        quantized_weight = view.quantized_weight;
        input_lengths = view.input_lengths;
        weight_lengths = view.weight_lengths;
    }
    void on_codes(const Layer&, const torch::Tensor& seen) override { codes = seen; }
    torch::Tensor quantized_input, effective_weight, quantized_weight, codes;
    FractionalLengths input_lengths, weight_lengths;
};

inline torch::Tensor as_tensor(const FractionalLengths& lengths) {
    return torch::tensor(std::vector<int64_t>(lengths.begin(), lengths.end()));
}

}  // namespace f8net::golden
