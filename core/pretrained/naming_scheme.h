// SPDX-License-Identifier: Apache-2.0
/// How other programs name the layers of our networks, as rules over the LayerGraph: which blocks there are is read off
/// a file's keys, in the order of their numbers, and who is the k-th convolution of a block is a function of k.
/// Source   the public model definitions: torchvision, timm, pytorchcv, NVIDIA DeepLearningExamples, HAWQ.
/// Threads  pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"

namespace f8net {

/// Names of the modules with a convolution's weight and with the statistics after it; a linear layer has no second.
struct ModulePair {
    std::string conv, batch_norm;
};

struct NamingScheme {
    std::vector<std::string> origins;  ///< values of network.pretrained_origin whose files have these names
    std::string family;                ///< "resnet", "mobilenet_v1", "mobilenet_v2"; empty: every one
    ModulePair stem;
    std::string block;                            ///< name of a block, '#' stands for a number: "layer#.#"
    ModulePair (*body)(int part, int num_parts);  ///< below the block
    ModulePair shortcut;                          ///< below the block
    ModulePair (*tail)(int num_blocks);           ///< nullptr where no network of the family has one
    std::string classifier;
    std::vector<std::string> by_products;  ///< ends of the keys of what no float network needs (ranges, codes)
};

const std::vector<NamingScheme>& naming_schemes();

/// "resnet" for "resnet18".
std::string family_of(const std::string& architecture);

/// The blocks that a file's keys name, in the order of their numbers: "layer1.0", "layer1.1", "layer2.0".
std::vector<std::string> find_blocks(const NamingScheme& scheme, const std::set<std::string>& keys);

/// Number of blocks of a graph: stages' blocks, counted over all stages.
int count_blocks(const LayerGraph& graph);

/// Their modules for each of graph.weighted_layers(), given the names of their blocks; empty names for layers of blocks
/// that they do not have.
std::vector<ModulePair> modules_of(const NamingScheme& scheme, const LayerGraph& graph,
                                   const std::vector<std::string>& blocks);

}  // namespace f8net
