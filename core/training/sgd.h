// SPDX-License-Identifier: Apache-2.0
/// Stochastic gradient descent with (Nesterov) momentum, all parameters at once, its state open to the checkpoint.
/// Formula  d = grad + weight_decay * p;  v = momentum * v + d;  p -= rate * (nesterov ? d + momentum * v : v).
/// A parameter without a gradient is never touched, nor decayed (tests/golden/README.md, trajectories).
/// Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

namespace f8net {

class Sgd {
public:
    struct Parameter {
        std::string name;
        torch::Tensor tensor;
        double weight_decay = 0;
    };

    Sgd(std::vector<Parameter> parameters, double momentum, bool nesterov);

    /// Backward: adds the gradients of `loss` to those in the parameters, and frees its graph. For one process; several
    /// average them on the way (gradient_average.h).
    void add_gradients_of(const torch::Tensor& loss);
    /// One step on the gradients as they are in the parameters; uses the gradients as scratch space.
    void step(double learning_rate);
    /// Drops the gradients.
    void zero_grad();

    const std::vector<Parameter>& parameters() const { return parameters_; }
    /// Momentum by parameter name; only of parameters that have had a gradient.
    const std::map<std::string, torch::Tensor>& momentum_buffers() const { return buffers_; }
    /// Goes on from saved buffers; a name that is no parameter, or another shape, is a ShapeError.
    void load_momentum_buffers(const std::map<std::string, torch::Tensor>& buffers);

private:
    std::vector<Parameter> parameters_;
    double momentum_;
    bool nesterov_;
    std::map<std::string, torch::Tensor> buffers_;
};

}  // namespace f8net
