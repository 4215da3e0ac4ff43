// SPDX-License-Identifier: Apache-2.0
/// A network's parameters and buffers as named host tensors, under the authors' names, and back.
/// Names    <layer>.conv.weight, .bn.{weight,bias,running_mean,running_var,num_batches_tracked}, .alpha,
/// .input_fraclen; classifier.0.{weight,bias}.
///          A leading "module." is accepted on the way in.
/// Errors   DataError / ShapeError naming the tensor and the map's source.   Threads  not while forward runs.
#pragma once

#include <string>
#include <vector>

#include "core/modules/network.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

/// Everything forward depends on; bit-exact round trip.
TensorMap export_state(const Network& network);

enum class StatePolicy {
    kStrict,  ///< every tensor must be there and known. Missing input_fraclen is fine (floating checkpoints have none)
    kTolerant,  ///< unknown dropped, missing keeps its value
};
struct StateReport {
    std::vector<std::string> missing, unknown;
};
/// Tensors whose names begin with one of `ignored_prefixes` ("optimizer.") are none of the network's.
StateReport import_state(Network& network, const TensorMap& state, StatePolicy policy,
                         const std::vector<std::string>& ignored_prefixes = {});

/// LibTorch tensor <-> host tensor (contiguous, little endian, same element type).
HostTensor to_host(const torch::Tensor& tensor);
torch::Tensor from_host(const HostTensor& tensor);

}  // namespace f8net
