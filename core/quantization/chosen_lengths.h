// SPDX-License-Identifier: Apache-2.0
/// Fractional lengths that were chosen for a tensor: known to the host, or one that is still in a device's memory,
/// where kernels read it. Only who asks for numbers waits for the device.   Errors  as said.   Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace f8net {

/// Fractional lengths of a tensor: one, or one per channel.
using FractionalLengths = std::vector<int>;

class ChosenLengths {
public:
    ChosenLengths(FractionalLengths known = {}) : known_(std::move(known)) {}
    /// choice: a LengthChoice (core/cuda/kernels.h) of the tensor that is named.
    ChosenLengths(torch::Tensor choice, std::string tensor) : choice_(std::move(choice)), tensor_(std::move(tensor)) {}

    /// The LengthChoice; undefined where the host knew the lengths from the start.
    const torch::Tensor& on_device() const { return choice_; }
    /// NumericError naming the tensor where its values are not finite.
    const FractionalLengths& read() const;

private:
    mutable FractionalLengths known_;
    torch::Tensor choice_;
    std::string tensor_;
};

}  // namespace f8net
