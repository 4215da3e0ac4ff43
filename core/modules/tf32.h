// SPDX-License-Identifier: Apache-2.0
/// What a GPU's tensor cores may do with float32: TF32 rounds what is multiplied to 11 significant bits and adds in
/// float32. It is a setting of the process, which this file alone changes. CPUs always compute in IEEE float32.
/// Source   design.md 8.   Threads  one at a time; backward runs while nobody changes it.
#pragma once

#include <torch/torch.h>

#include <optional>

#include "core/architecture/layer_graph.h"
#include "core/quantization/fake_quantize.h"

namespace f8net {

/// Sets it where `device` is no CPU, and what it was before when it goes. A search for the fastest algorithm, which
/// could choose one with other roundings (Winograd), is off either way.
class Tf32Scope {
public:
    Tf32Scope(torch::Device device, bool is_allowed);
    ~Tf32Scope();
    Tf32Scope(const Tf32Scope&) = delete;
    Tf32Scope& operator=(const Tf32Scope&) = delete;

private:
    bool is_active_;
    bool before_convolution_ = false, before_product_ = false;
};

/// Whether TF32 loses nothing of a sum of `terms` products of codes with at most these magnitudes: 8 bits fit into 11,
/// and sums are whole numbers below 2^24, which float32 holds in any order.
bool is_exact_in_tf32(int64_t terms, double highest_input_code, double highest_weight_code);

/// While a layer's codes are convolved (they may be scaled by powers of two): allows TF32 where it is exact for them,
/// whatever holds for the rest.
class Tf32ForCodes {
public:
    Tf32ForCodes(torch::Device device, const Layer& layer, CodeRange input, CodeRange weight);

private:
    std::optional<Tf32Scope> scope_;
};

}  // namespace f8net
