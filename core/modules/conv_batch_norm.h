// SPDX-License-Identifier: Apache-2.0
/// Convolution and batch norm as one layer: clip, quantize, convolve, normalize.
/// Training computes two convolutions: one with the raw weight for the batch statistics, one with the quantized
/// effective weight (method.md 3.2). Where nothing is rounded or clipped (floating modes) the second is the normalized
/// first, and is not computed. Shapes   x [N, in, H, W]; weight [out, in / groups, kh, kw].   Errors  ShapeError,
/// NumericError with the layer's name. Threads  one forward at a time.
#pragma once

#include <torch/torch.h>

#include <optional>

#include "core/architecture/layer_graph.h"
#include "core/modules/layer_observer.h"
#include "core/modules/layer_quantization.h"

namespace f8net {

struct ConvBatchNormParameters;  // conv_batch_norm_step.h

class ConvBatchNorm {
public:
    static constexpr double kEpsilon = 1e-5;

    ConvBatchNorm(const Layer& layer, LayerQuantization quantization, const torch::TensorOptions& options);

    /// Real numbers in the consumer's units: kFloat, kFloatUnclipped, kFakeQuant.
    torch::Tensor forward(const torch::Tensor& x, NumericMode mode, bool is_training, LayerObserver* observer);
    /// kSimulatedInteger.
    StoredTensor forward_integer(const StoredTensor& x, LayerObserver* observer) const;

    /// Evaluation: effective weight and bias from the running statistics, before rounding.
    struct Folded {
        torch::Tensor weight, bias;
    };
    Folded fold(NumericMode mode) const;
    IntegerWeights integer_weights() const;

    const Layer& layer() const { return layer_; }
    LayerQuantization& quantization() { return quantization_; }

    torch::Tensor weight, gamma, beta, running_mean, running_var;
    int64_t num_batches_tracked = 0;
    /// Of the running statistics; empty: cumulative average over num_batches_tracked, with input formats as in
    /// evaluation.
    std::optional<double> batch_norm_momentum = 0.1;

private:
    ConvBatchNormParameters step_parameters() const;
    torch::Tensor forward_as_one(const torch::Tensor& x, LayerObserver* observer);
    torch::Tensor convolve(const torch::Tensor& x, const torch::Tensor& w, const torch::Tensor& bias) const;
    /// Whether conv(xq, We) + b is just the normalized first convolution: nothing is rounded, nothing reaches the clip.
    bool second_is_normalized_first(const torch::Tensor& effective, NumericMode mode) const;
    torch::Tensor normalize(const torch::Tensor& y0, NumericMode mode) const;
    void update_running(const torch::Tensor& mean, const torch::Tensor& biased_variance, int64_t samples);
    Folded fold_with(const torch::Tensor& mean, const torch::Tensor& deviation, NumericMode mode) const;
    torch::Tensor rescaled_weight() const;
    void check_input(const torch::Tensor& x) const;

    Layer layer_;
    LayerQuantization quantization_;
};

}  // namespace f8net
