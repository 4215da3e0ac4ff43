// SPDX-License-Identifier: Apache-2.0
/// Averages the gradients of all ranks in buckets, while backward still computes earlier ones (c10d::Reducer).
/// Order    buckets are those of the parameters' order, last layer first, in every start of a run: rebuilding them as
///          gradients arrive, as DistributedDataParallel does, would give a resumed run other last digits.
/// Threads  as Ranks.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "core/training/ranks.h"

namespace f8net {

class GradientAverage {
public:
    /// parameters: in depth order, the same on every rank; each must get a gradient in every backward that is averaged.
    GradientAverage(std::vector<torch::Tensor> parameters, Ranks& ranks);
    ~GradientAverage();
    GradientAverage(const GradientAverage&) = delete;
    GradientAverage& operator=(const GradientAverage&) = delete;

    /// Backward after which every gradient, with what earlier backwards left in it, is the average over the ranks.
    void backward(const torch::Tensor& loss);

private:
    struct Reducer;
    Ranks& ranks_;
    std::unique_ptr<Reducer> reducer_;
};

}  // namespace f8net
