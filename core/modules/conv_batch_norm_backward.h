// SPDX-License-Identifier: Apache-2.0
/// The backward of conv_batch_norm_step.h: every gradient of a layer from that of its output and what forward kept.
/// Shapes   dy [N, out, Ho, Wo]; weight as the layer's; both on a CPU, of T.
/// Source   method.md 3.2.   Threads  uses LibTorch's worker threads inside; a tape is used up by its call.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "core/modules/conv_batch_norm_tape.h"

namespace f8net {

/// By the channel, and of the scales.
struct ChannelGradients {
    std::vector<double> gamma, beta, mean, variance;
    double eta = 0, eta_next = 0;
};

struct LayerGradients {
    torch::Tensor input;  ///< undefined where the tape says that nobody asks
    torch::Tensor weight;
    ChannelGradients channels;
};

/// eta, eta_next: 1 where there is none.
template <typename T>
LayerGradients layer_gradients(ConvBatchNormTape& tape, const torch::Tensor& dy, const torch::Tensor& weight,
                               double eta, double eta_next);

}  // namespace f8net
