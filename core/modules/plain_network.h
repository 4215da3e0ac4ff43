// SPDX-License-Identifier: Apache-2.0
/// The same LayerGraph as an ordinary float network: convolution, torch's batch norm, ReLU, pools. What F8Net's cost is
/// compared with. Shapes   as Network.   Threads  one forward at a time.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "core/architecture/layer_graph.h"

namespace f8net {

class PlainNetwork {
public:
    PlainNetwork(LayerGraph graph, uint64_t seed);
    torch::Tensor forward(const torch::Tensor& x);
    std::vector<torch::Tensor> parameters() const;
    void zero_grad();
    void to(torch::Device device, torch::Dtype precision);  ///< before an optimizer takes the parameters
    void train(bool on = true) { is_training_ = on; }

private:
    struct Weights {
        torch::Tensor weight, gamma, beta, running_mean, running_var, bias;
    };
    LayerGraph graph_;
    std::vector<Weights> weights_;
    bool is_training_ = true;
};

}  // namespace f8net
