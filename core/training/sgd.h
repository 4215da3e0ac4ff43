// SPDX-License-Identifier: Apache-2.0
/// Stochastic gradient descent with (Nesterov) momentum, all parameters at once, its state open to the checkpoint.
/// Formula  d = grad + weight_decay * p;  v = momentum * v + d;  p -= rate * (nesterov ? d + momentum * v : v).
/// On a GPU the rate is a float32.   A parameter without a gradient is never touched, nor decayed
/// (tests/golden/README.md, trajectories). Threads  one at a time.
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
    /// Of the steps from now on. On a GPU it is a value there: the step itself is the same for any rate.
    void set_learning_rate(double rate);
    /// One step on the gradients as they are in the parameters; uses the gradients as scratch space. skip: where it is
    /// 1 (0-D float32, on the parameters' device) nothing is changed, without the host knowing; undefined: as 0.
    void step(const torch::Tensor& skip = {});
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
    double rate_ = 0;
    torch::Tensor rate_on_device_;  // float32, where that is no CPU
    std::map<std::string, torch::Tensor> buffers_;
};

}  // namespace f8net
