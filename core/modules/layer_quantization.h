// SPDX-License-Identifier: Apache-2.0
/// The quantization that convolutions and linear layers share: input format, weight format, scales, bias, weight
/// rescale, integer form. Source   method.md 2, 3.   Errors  NumericError (statistic not finite), ConfigError
/// (per-channel input formats have no integer form). Threads  one forward at a time.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "core/config/experiment.h"
#include "core/fixedpoint/numeric_mode.h"
#include "core/modules/simulated_integer.h"
#include "core/quantization/activation_quantizer.h"

namespace f8net {

/// A layer as integers.
struct IntegerWeights {
    torch::Tensor weight;  ///< codes, float64, shape of the layer's weight
    torch::Tensor bias;    ///< [out], float64 integers at input FL + weight FL
    int input_fractional_length = 0, weight_fractional_length = 0;
    double bound = 0;  ///< of |accumulator|: largest code * sum|w| + |b|
};

class LayerQuantization {
public:
    /// consumer: the quantizer of the layer that reads this one's output; null for the classifier.
    LayerQuantization(std::string layer, const QuantizationConfig& settings, std::shared_ptr<ActivationQuantizer> input,
                      std::shared_ptr<ActivationQuantizer> consumer);

    ActivationQuantizer& input() const { return *input_; }
    /// eta and eta_next, shaped to broadcast along the weight's in (dimension 1) and out (dimension 0) channels;
    /// undefined where 1.
    torch::Tensor input_scale(NumericMode mode, const torch::Tensor& weight) const;
    torch::Tensor output_scale(NumericMode mode, const torch::Tensor& weight) const;
    double input_scale_value(NumericMode mode) const;  ///< for observers; of the first channel

    struct Weight {
        torch::Tensor values;
        ChosenLengths lengths;
        torch::Tensor codes;  ///< as bytes, where a device has chosen the format
    };
    Weight quantize_weight(const torch::Tensor& effective, NumericMode mode) const;
    /// The lengths alone, of kFakeQuant.
    FractionalLengths weight_lengths(const torch::Tensor& effective) const;
    /// Q(b; 32, FLx + FLw), in the bias's own precision.
    torch::Tensor quantize_bias(const torch::Tensor& bias, const FractionalLengths& input,
                                const FractionalLengths& weight) const;
    /// The factor ws of method.md 3.6 for a tensor that multiplies (a constant for autograd), 0-D. fan_out =
    /// out_features, or out * kh * kw.
    torch::Tensor weight_rescale(const torch::Tensor& raw_weight, const torch::Tensor& multiplied) const;

    IntegerWeights integer_form(const torch::Tensor& effective, const torch::Tensor& effective_bias) const;

    const std::string& layer() const { return layer_; }
    const QuantizationConfig& settings() const { return settings_; }

private:
    std::string layer_;
    QuantizationConfig settings_;
    std::shared_ptr<ActivationQuantizer> input_, consumer_;
    int32_t number_ = 0;  // by which the watch of the input knows the effective weight
};

}  // namespace f8net
