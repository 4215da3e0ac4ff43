// SPDX-License-Identifier: Apache-2.0
/// What a GPU's tensor cores may do with float32: TF32 rounds what is multiplied to 11 significant bits and adds in
/// float32. It is a setting of the process, which this file alone changes. CPUs always compute in IEEE float32.
/// Source   design.md 8.   Threads  one at a time; backward runs while nobody changes it.
#pragma once

#include <torch/torch.h>

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

}  // namespace f8net
