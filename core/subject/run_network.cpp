// SPDX-License-Identifier: Apache-2.0
#include "core/subject/run_network.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/config/experiment_document.h"
#include "core/lowering/lowering.h"
#include "core/run/experiment_mapping.h"
#include "core/tensorfile/checkpoint_file.h"

namespace f8net {

Experiment stage_experiment(const Experiment& experiment, const std::string& stage) {
    const std::vector<ResolvedStage> stages = experiment.resolved_stages();
    for (const ResolvedStage& candidate : stages) {
        if (candidate.name == stage) return candidate.experiment;
    }
    return stages.back().experiment;
}

std::optional<ArtifactRecord> kept_network(const RunReader& reader, const RunId& run) {
    const std::vector<ArtifactRecord> artifacts = reader.artifacts(run);
    if (std::any_of(artifacts.begin(), artifacts.end(), [](const auto& each) { return each.is_checkpoint; })) return {};
    const auto network =
        std::find_if(artifacts.begin(), artifacts.end(), [](const auto& each) { return each.role == "network"; });
    return network == artifacts.end() ? std::nullopt : std::optional(*network);
}

std::optional<ArtifactRecord> network_source(const RunReader& reader, const RunId& run) {
    for (const char* name : {"best", "last"}) {
        if (auto checkpoint = reader.checkpoint(run, name)) return checkpoint;
    }
    return kept_network(reader, run);
}

IntegerNetwork lower_checkpoint(const TensorMap& checkpoint, const std::string& path, const Experiment& experiment) {
    IntegerNetwork network = lower(checkpoint, layer_graph_of(experiment), lowering_options(experiment));
    network.metadata["checkpoint_hash"] = hash_file_hex(path);
    network.metadata["experiment"] = to_yaml(experiment, YamlDetail::kChanged);
    return network;
}

RunNetwork open_run_network(const RunStore& store, const RunId& run) {
    const RunReader reader(store);
    RunNetwork result;
    result.record = reader.run(run);
    const std::optional<ArtifactRecord> source = network_source(reader, run);
    if (!source) throw ConfigError(result.record.name + " has no checkpoint yet");
    result.source = *source;
    result.experiment =
        stage_experiment(parse_experiment(result.record.config, "run " + run.text(), {}).experiment, source->stage);
    if (source->is_checkpoint) {
        result.network = lower_checkpoint(load_checkpoint_file(source->path), source->path, result.experiment);
        result.network.metadata["run"] = run.text();
    } else {
        result.network = load_integer_network(source->path);
    }
    return result;
}

EvaluationSet open_evaluation_set(const Experiment& experiment, const EvaluationSetOptions& options) {
    DatasetPtr dataset = open_dataset(experiment, options.split);
    if (dataset->size() == 0) throw DataError(dataset->description() + ": there are no images");
    const ImageTransform transform(transform_options(experiment), *dataset);
    return {std::move(dataset), transform, options.limit != 0 ? options.limit : experiment.evaluation.limit,
            options.batch_size != 0 ? options.batch_size : experiment.evaluation.batch_size,
            std::max(options.threads, 1)};
}

}  // namespace f8net
