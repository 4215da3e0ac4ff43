// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/child_run.h"

#include <algorithm>
#include <filesystem>

#include "core/base/hash.h"
#include "core/store/run_reader.h"
#include "core/store/run_writer.h"

namespace f8net {
namespace {

NewRun run_like(const RunRecord& parent, const ChildRun& child, const std::string& note,
                std::span<const FormatChange> changes) {
    NewRun run;
    run.name = child.name.empty() ? parent.name + " what-if" : child.name;
    run.config = parent.config;
    run.config_path = parent.config_path;
    run.experiment = parent.experiment;
    run.config_values = parent.config_values;
    run.model = parent.model;
    run.dataset = parent.dataset;
    run.dataset_fingerprint = parent.dataset_fingerprint;
    run.numeric_mode = "integer-only";
    run.device = "cpu";
    run.command = "f8net whatif " + parent.id.text();
    for (const FormatChange& change : changes) run.command += " --set " + change.to_string();
    run.tags = {"what-if"};
    run.note = note;
    run.parent = parent.id;
    run.parent_checkpoint = child.parent_checkpoint;
    return run;
}

/// The parent's reports, with the changed layers' formats.
std::vector<LayerFormatReport> changed_formats(std::vector<LayerFormatReport> formats, const IntegerNetwork& changed) {
    for (LayerFormatReport& report : formats) {
        const int index = changed.index_of(report.layer);
        if (index < 0) continue;
        report.input_format = changed.nodes[static_cast<size_t>(index)].input_format;
        report.weight_format = changed.nodes[static_cast<size_t>(index)].weight_format;
    }
    return formats;
}

EvaluationRecord evaluation_of(const WhatIfResult& result, const std::string& file) {
    EvaluationRecord record;
    record.checkpoint = file;
    record.mode = "integer-only";
    record.split = "test";
    record.images = result.accuracy.images;
    record.top1 = result.accuracy.after();
    record.top5 = static_cast<double>(result.accuracy.top5_after) / static_cast<double>(result.accuracy.images);
    record.created_at = now_seconds();
    return record;
}

}  // namespace

std::string describe_changes(const IntegerNetwork& network, std::span<const FormatChange> changes) {
    std::string text;
    for (size_t i = 0; i < changes.size(); ++i) {
        const FormatChange& change = changes[i];
        const auto is_same_tensor = [&](const FormatChange& later) {
            return later.layer == change.layer && later.tensor == change.tensor;
        };
        if (std::any_of(changes.begin() + static_cast<std::ptrdiff_t>(i) + 1, changes.end(), is_same_tensor)) continue;
        const IntegerNode& node = network.nodes[static_cast<size_t>(network.index_of(change.layer))];
        const bool is_weight = change.tensor == ChangedTensor::kWeight;
        const FixedPointFormat& before = is_weight ? node.weight_format : node.input_format;
        if (before == change.format) continue;
        text += (text.empty() ? "" : "; ") + change.layer + (is_weight ? ".weight " : ".input ") + before.to_string() +
                " to " + change.format.to_string();
    }
    return text;
}

void save_changed_network(const std::string& path, const IntegerNetwork& network,
                          std::span<const FormatChange> changes) {
    IntegerNetwork changed = with_changes(network, changes);
    changed.metadata["what_if"] = describe_changes(network, changes);
    save_integer_network(path, changed);
}

RunId keep_as_child_run(RunStore& store, const ChildRun& child, const IntegerNetwork& network,
                        std::span<const FormatChange> changes, const std::optional<WhatIfResult>& result) {
    const RunReader reader(store);
    const RunRecord parent = reader.run(child.parent);
    const IntegerNetwork changed = with_changes(network, changes);
    const std::string note = describe_changes(network, changes);
    const RunId id = store.create_run(run_like(parent, child, note, changes));
    const Epoch epoch = parent.best_epoch.value > 0 ? parent.best_epoch : parent.epoch;
    {
        RunWriter writer(store.path(), id, nullptr);
        writer.on_stage_start(parent.stage, reader.layers(parent.id), parent.step, epoch);
        EpochReport report;
        report.epoch = epoch;
        report.step = parent.step;
        report.stage = parent.stage;
        report.formats = changed_formats(reader.formats(parent.id), changed);
        writer.on_epoch(report);
        writer.on_event({EventLevel::kInfo, "what-if", "changed from " + parent.name + ": " + note, {}, {}});

        ArtifactRecord file;
        file.path = (std::filesystem::path(store.run_folder(id)) / "network.f8n").string();
        save_changed_network(file.path, network, changes);
        file.role = "network";
        file.size_bytes = static_cast<int64_t>(std::filesystem::file_size(file.path));
        file.hash = hash_file_hex(file.path);
        file.stage = parent.stage;
        file.created_at = now_seconds();
        store.add_artifact(id, file);
        if (result && result->accuracy.images > 0) store.set_evaluation(id, evaluation_of(*result, file.path));
        writer.finish(RunState::kFinished, 0);
    }
    return id;
}

}  // namespace f8net
