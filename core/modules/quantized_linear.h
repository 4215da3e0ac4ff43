// SPDX-License-Identifier: Apache-2.0
/// The classifier: quantized input times quantized weight, with weight rescale and the pool's factor.
/// Formula  training y = (eta * xq) @ (ws * Wq)^T + bias; evaluation y = xq @ Wq^T + bias / eta / ws: logits up to a
/// positive factor. Shapes   x [N, in] or [N, in, 1, 1] -> [N, out].   Source  method.md 3.5, 3.6, 3.7.   Threads  one
/// forward at a time.
#pragma once

#include <torch/torch.h>

#include "core/architecture/layer_graph.h"
#include "core/modules/layer_observer.h"
#include "core/modules/layer_quantization.h"

namespace f8net {

class QuantizedLinear {
public:
    /// pool_scale: the factor that the pool before it leaves to the weight (core/modules/pooling.h), else 1.
    QuantizedLinear(const Layer& layer, LayerQuantization quantization, double pool_scale,
                    const torch::TensorOptions& options);

    torch::Tensor forward(const torch::Tensor& x, NumericMode mode, bool is_training, LayerObserver* observer);
    StoredTensor forward_integer(const StoredTensor& x, LayerObserver* observer) const;
    IntegerWeights integer_weights() const;
    /// eta * ws: what evaluation's logits have to be multiplied by to be training's.
    double logit_scale(NumericMode mode) const;

    const Layer& layer() const { return layer_; }
    LayerQuantization& quantization() { return quantization_; }

    torch::Tensor weight, bias;

private:
    torch::Tensor forward_as_one(const torch::Tensor& x, LayerObserver* observer);
    torch::Tensor effective_weight() const;
    torch::Tensor rescale(const torch::Tensor& quantized) const;
    torch::Tensor evaluation_bias(NumericMode mode, const torch::Tensor& quantized) const;

    Layer layer_;
    LayerQuantization quantization_;
    double pool_scale_ = 1;
};

}  // namespace f8net
