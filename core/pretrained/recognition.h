// SPDX-License-Identifier: Apache-2.0
/// Whose names a file's keys are, and of what architecture.   Threads  pure.   Not for users: translate_pretrained().
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/pretrained/naming_scheme.h"

namespace f8net {

/// A scheme held against a graph and the keys of a file.
struct SchemeFit {
    const NamingScheme* scheme = nullptr;
    std::vector<std::string> blocks;   ///< theirs
    std::vector<ModulePair> modules;   ///< of graph.weighted_layers()
    int found = 0;                     ///< layers whose weight is in the file
    std::vector<std::string> strange;  ///< weights within blocks that no layer of the graph has

    /// Every layer is there, and no other.
    bool is_whole(const LayerGraph& graph) const;
};

SchemeFit fit_scheme(const NamingScheme& scheme, const LayerGraph& graph, const std::set<std::string>& keys);

/// The scheme of the graph's family by which most layers are found, among those of `origin` ("auto": all); nothing of a
/// file is found where `found` is 0.
SchemeFit best_fit(const LayerGraph& graph, const std::set<std::string>& keys, const std::string& origin);

/// "resnet34 as torchvision names it", of the known architectures; empty where the keys are of none.
std::string architecture_by_keys(const std::set<std::string>& keys);

/// "torchvision (also timm, nvidia)".
std::string origin_text(const NamingScheme& scheme);

}  // namespace f8net
