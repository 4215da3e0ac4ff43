// SPDX-License-Identifier: Apache-2.0
/// Mode integer-float: the lowered network in a float type, so that it runs on a GPU. Exact: float32 where no sum can
/// reach 2^24, float64 else. Shapes   pixels N H W C bytes; logits [N, classes].   Source  method.md 5 (4).   Threads
/// one call at a time.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

class IntegerFloatExecutor final : public ModeEvaluator {
public:
    IntegerFloatExecutor(const IntegerNetwork& network, torch::Device device);
    ~IntegerFloatExecutor() override;
    NumericMode mode() const override { return NumericMode::kIntegerFloat; }
    std::string path() const override { return "integer-float"; }
    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) override;

    /// The same from input codes [N, C, H, W] (any type); logits int32 [N, classes].
    torch::Tensor run_codes(const torch::Tensor& codes, LayerTrace* trace);

private:
    struct Node;
    IntegerNetwork network_;
    std::vector<Node> nodes_;
    torch::Device device_;
};

}  // namespace f8net
