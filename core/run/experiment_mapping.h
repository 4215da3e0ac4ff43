// SPDX-License-Identifier: Apache-2.0
/// From an experiment to what the parts of core want: the one place where configuration meets architecture, data and
/// lowering. Errors   ConfigError naming the key.   Threads  pure.
#pragma once

#include "core/architecture/layer_graph.h"
#include "core/config/experiment.h"
#include "core/data/dataset.h"
#include "core/data/transform.h"
#include "core/lowering/lowering.h"
#include "core/pretrained/pretrained.h"

namespace f8net {

ArchitectureOptions architecture_options(const Experiment& experiment);
/// make_layer_graph(architecture_options(experiment)).
LayerGraph layer_graph_of(const Experiment& experiment);

DatasetOptions dataset_options(const Experiment& experiment, Split split);
/// Opens the split, with network.input_channels; DataError also where it has more classes than network.num_classes.
DatasetPtr open_dataset(const Experiment& experiment, Split split);
/// Transform of that split (augmentation is used by Loader, not by load_batch).
TransformOptions transform_options(const Experiment& experiment);
/// Empty vectors where the network reads raw pixels.
Normalization normalization_of(const Experiment& experiment);
/// The split by which "best" is chosen and accuracy is followed in training: validation where one is split off, else
/// test.
Split evaluation_split(const Experiment& experiment);

/// How the tensors of the file `path` are read as this experiment's network: network.pretrained_origin and
/// pretrained_remap are about network.pretrained_file (where that is empty, about any file).
PretrainedOptions pretrained_options(const Experiment& experiment, const std::string& path);

/// Empty where the trained network can be lowered; else the option that rules it out, and why.
std::string why_no_integer_form(const QuantizationConfig& quantization);
/// DataError with that reason.
LoweringOptions lowering_options(const Experiment& experiment);

}  // namespace f8net
