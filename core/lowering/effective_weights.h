// SPDX-License-Identifier: Apache-2.0
/// The real-valued half of lowering: per layer, the scales eta and the effective weights and biases, in float32 in the
/// order of training. Source   method.md 3.1, 3.2, 3.5, 3.6, 3.7.   Not for users: they call lower().
#pragma once

#include <string>
#include <vector>

#include "core/lowering/lowering.h"

namespace f8net {

/// What a layer multiplies and adds, in the checkpoint's layout [out, in / groups, kh, kw] (or [out, in]).
struct EffectiveLayer {
    double output_scale = 1;  ///< classifier: eta * ws, which its logits leave out
    std::vector<float> weight;
    std::vector<float> bias;
};

class EffectiveWeights {
public:
    /// Takes a "module." prefix into account.
    EffectiveWeights(const TensorMap& checkpoint, const LayerGraph& graph, const LoweringOptions& options);

    /// Format of the codes that a conv or linear layer reads.
    FixedPointFormat input_format(int layer) const;
    FixedPointFormat weight_format(const std::vector<float>& effective, const std::string& name) const;
    /// eta of a layer's input (1 for raw pixels and without clipping).
    float input_scale(int layer) const;

    EffectiveLayer convolution(int layer) const;
    EffectiveLayer linear(int layer) const;

private:
    const Layer& at(int layer) const { return graph_.layers[static_cast<size_t>(layer)]; }
    std::vector<float> tensor(const std::string& name, const std::vector<int64_t>& shape) const;
    float scalar(const std::string& name) const;
    float rescale(WeightRescale kind, const std::vector<float>& raw, const std::vector<float>& multiplied,
                  int64_t fan_out, const std::string& name) const;

    const TensorMap& checkpoint_;
    const LayerGraph& graph_;
    const LoweringOptions& options_;
    std::string prefix_;
};

}  // namespace f8net
