// SPDX-License-Identifier: Apache-2.0
/// Float weights that others publish and an experiment starts from by whose they are (network.pretrained_origin; the
/// authors' ptcv_pretrained, nvidia_pretrained, hawq_pretrained): which file holds them, and where it is found without
/// being named. Nothing is downloaded.
/// Source   the model store of pytorchcv (package and releases of osmr/imgclsmob), NVIDIA's NGC catalogue.
/// Threads  pure, but for looking into the folder.
#pragma once

#include <optional>
#include <string>

#include "core/config/experiment_document.h"

namespace f8net {

struct PublishedWeights {
    std::string file;    ///< its name as published, "resnet18-0896-77a56f15.pth"
    std::string where;   ///< whom to get it from, for people
    std::string folder;  ///< where its publisher's program keeps it, "~/.torch/models"; empty where nowhere
    std::string stem;    ///< versions of it begin so and end in ".pth": "resnet18-"
};

/// Nothing where no such file is known to be published (a width other than 1, another network).
std::optional<PublishedWeights> published_weights(const NetworkConfig& network);

/// Before work starts: where the experiment names an origin but neither a file nor another start, sets
/// network.pretrained_file to the file in its publisher's folder below `home`.
/// Errors   ConfigError that says which file to put where.
void find_published_weights(ExperimentDocument& document, const std::string& home);

}  // namespace f8net
