// SPDX-License-Identifier: Apache-2.0
#include "core/training/optimizer.h"

#include "core/training/weight_decay.h"

namespace f8net {

Sgd make_optimizer(const Network& network, const OptimizerConfig& options, NumericMode mode) {
    std::vector<Sgd::Parameter> parameters;
    for (const NamedParameter& parameter : network.parameters(mode)) {
        const bool is_depthwise = parameter.role == ParameterRole::kDepthwiseWeight;
        parameters.push_back(
            {parameter.name, parameter.tensor,
             weight_decay_of(parameter.tensor.dim(), is_depthwise, options.weight_decay_scheme, options.weight_decay)});
    }
    return Sgd(std::move(parameters), options.momentum, options.nesterov);
}

}  // namespace f8net
