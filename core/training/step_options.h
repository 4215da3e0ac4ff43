// SPDX-License-Identifier: Apache-2.0
/// How the steps of a training are taken; none of it changes a number.
#pragma once

#include <functional>
#include <memory>

#include "core/cuda/graph.h"

namespace f8net {

class Network;

/// What captures steps of a network where it lies.
using GraphMaker = std::function<std::unique_ptr<GpuGraph>(Network& network)>;

struct StepOptions {
    /// Loss and right answers are read after so many steps, or earlier where they are logged or saved; 0: as the device
    /// likes it (step_results.h). The same for all ranks.
    int steps_between_reads = 0;
    /// Empty: the GPU's own, and none on a CPU.
    GraphMaker make_graph;
};

}  // namespace f8net
