// SPDX-License-Identifier: Apache-2.0
/// From a run of the store to what is worked on: its experiment as the stage of a checkpoint sees it, its integer
/// network, the images it is evaluated on. For the commands and the workbench alike.
///
/// Errors   ConfigError: the run has nothing that can be lowered yet; DataError: damaged files; what the data set
/// throws. Threads  pure but for reading files and the store.
#pragma once

#include <optional>
#include <string>

#include "core/analysis/evaluation.h"
#include "core/config/experiment.h"
#include "core/network/integer_network.h"
#include "core/store/run_reader.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

/// The last stage where the name is empty or not there.
Experiment stage_experiment(const Experiment& experiment, const std::string& stage);

/// The network file of a run that has no checkpoints: one kept from a what-if (role "network").
std::optional<ArtifactRecord> kept_network(const RunReader& reader, const RunId& run);

/// What a run's network is made of: its checkpoint "best", else "last", else the kept network.
std::optional<ArtifactRecord> network_source(const RunReader& reader, const RunId& run);

/// A checkpoint lowered; its metadata say from which file ("checkpoint_hash") and experiment.
IntegerNetwork lower_checkpoint(const TensorMap& checkpoint, const std::string& path, const Experiment& experiment);

struct RunNetwork {
    RunRecord record;
    ArtifactRecord source;  ///< network_source()
    Experiment experiment;  ///< at the stage of the source
    IntegerNetwork network;
};
RunNetwork open_run_network(const RunStore& store, const RunId& run);

struct EvaluationSetOptions {
    Split split = Split::kTest;
    int64_t limit = 0;   ///< images; 0: as the experiment says
    int batch_size = 0;  ///< 0: as the experiment says
    int threads = 1;
};
EvaluationSet open_evaluation_set(const Experiment& experiment, const EvaluationSetOptions& options);

}  // namespace f8net
