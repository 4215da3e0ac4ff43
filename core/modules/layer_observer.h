// SPDX-License-Identifier: Apache-2.0
/// Listens to the tensors inside a network during a forward pass: statistics of a probe set, traces. What an observer
/// does not override costs nothing. Shapes   N C H W (logical order; memory may be channels_last).   Threads  calls
/// come from the thread that runs forward, in graph order. Lifetime tensors are shared, not copied: read them, do not
/// change them. They carry no gradient.
#pragma once

#include <torch/torch.h>

#include "core/architecture/layer_graph.h"
#include "core/quantization/fake_quantize.h"

namespace f8net {

/// A conv or linear layer in a mode that computes in real numbers.
struct LayerView {
    const Layer& layer;
    torch::Tensor input;            ///< as it arrives, before clip and quantization
    torch::Tensor quantized_input;  ///< what is multiplied
    FractionalLengths input_lengths;
    torch::Tensor raw_weight;
    torch::Tensor effective_weight;  ///< before rounding
    torch::Tensor quantized_weight;
    FractionalLengths weight_lengths;
    double clip_scale = 1;  ///< eta; of the first channel where it is per channel
};

class LayerObserver {
public:
    virtual ~LayerObserver() = default;
    virtual void on_layer(const LayerView&) {}
    /// Modes in real numbers: what a conv or linear layer sums up (its bias included), an add or a pool gives. What is
    /// next may change it in place: read it now.
    virtual void on_output(const Layer&, const torch::Tensor& /*output*/) {}
    /// Simulated integers only: what a conv or linear layer multiplies, integers held in floats.
    virtual void on_codes(const Layer&, const torch::Tensor& /*codes*/) {}
    /// Simulated integers only: result of a conv, linear, add or pool before anything requantizes it.
    virtual void on_accumulators(const Layer&, const torch::Tensor& /*accumulators*/, int /*fractional_length*/) {}
};

}  // namespace f8net
