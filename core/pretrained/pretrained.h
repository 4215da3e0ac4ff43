// SPDX-License-Identifier: Apache-2.0
/// Weights of other programs under our names (the authors', method.md 4): who named them is told by their keys, the
/// layers are found by rule, every shape is checked.
/// Errors   DataError naming file, layer and both shapes: another architecture, other widths or classes, names of
/// nobody
///          that is known; ConfigError for a network.pretrained_remap that fits no key.
/// Threads  reentrant.
#pragma once

#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

struct PretrainedOptions {
    std::string origin = "auto";  ///< network.pretrained_origin
    /// Every tensor must be there and known; off: unknown ones are left out, missing ones are not put in. Blocks that
    /// the network does not have, or that the file lacks, are another architecture either way.
    bool is_strict = true;
    /// "theirs=ours", names of modules or tensors, before anything else is recognised; "theirs=" leaves out.
    std::vector<std::string> remap;
    double clip_level = 8;  ///< of every layer where the weights are not from this method and have none
};

struct PretrainedWeights {
    TensorMap state;         ///< names as ModuleState: head.0.conv.weight, ...; F32 where they were translated
    std::string recognised;  ///< whose names they were and by what: one line for people
    std::vector<std::string> missing, unknown;  ///< only where not strict
};

/// Takes the file's tensors (no second copy of what needs no conversion).
PretrainedWeights translate_pretrained(TensorMap file, const LayerGraph& graph, const PretrainedOptions& options);

}  // namespace f8net
