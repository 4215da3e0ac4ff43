// SPDX-License-Identifier: Apache-2.0
#include "core/subject/network_as_run.h"

#include <cmath>
#include <filesystem>
#include <limits>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/config/experiment_document.h"
#include "core/network/integer_network.h"
#include "core/store/run_writer.h"

namespace f8net {

namespace {

NewRun describe(const ExperimentDocument& document, const std::string& path, const std::string& name) {
    const Experiment& experiment = document.experiment;
    NewRun run;
    run.name = name.empty() ? std::filesystem::path(path).stem().string() : name;
    run.config = to_yaml(experiment, YamlDetail::kEverything);
    run.config_path = path;
    run.experiment = experiment.name;
    for (const OptionEntry& entry : document.entries()) {
        if (entry.stage.empty()) run.config_values[entry.row->key] = entry.text;
    }
    run.model = experiment.network.architecture;
    run.dataset = experiment.data.dataset;
    run.numeric_mode = "integer-only";
    run.device = "cpu";
    run.tags = {"imported"};
    run.note = "Imported from " + path;
    run.total_epochs = 1;
    return run;
}

LayerDescription describe(const IntegerNode& node, int depth) {
    LayerDescription layer;
    layer.name = node.name;
    layer.kind = to_string(node.kind);
    layer.depth = depth;
    layer.output_shape = {node.output.channels, node.output.height, node.output.width};
    layer.macs = node.macs();
    layer.parameters = static_cast<int64_t>(node.weight_s8.size() + node.bias_s32.size());
    if (node.kind == NodeKind::kConv)
        layer.weight_shape = {node.out_channels, node.in_channels / node.groups, node.window.kernel,
                              node.window.kernel};
    if (node.kind == NodeKind::kLinear) layer.weight_shape = {node.out_channels, node.in_channels};
    return layer;
}

LayerFormatReport formats_of(const IntegerNode& node) {
    constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();
    LayerFormatReport report;
    report.layer = node.name;
    report.input_format = node.input_format;
    report.weight_format = node.weight_format;
    for (double* each :
         {&report.input_running_fractional_length, &report.input_statistic, &report.weight_statistic,
          &report.input_unrounded, &report.weight_unrounded, &report.clip_level, &report.clip_scale,
          &report.input_clipped_share, &report.input_negative_share, &report.input_zero_share,
          &report.weight_clipped_share, &report.weight_zero_share, &report.input_sqnr_db, &report.weight_sqnr_db})
        *each = kNotKnown;
    return report;
}

}  // namespace

RunId keep_network_as_run(RunStore& store, const std::string& path, const std::string& name) {
    const IntegerNetwork network = load_integer_network(path);
    const auto said = network.metadata.find("experiment");
    if (said == network.metadata.end())
        throw ConfigError(path + " does not carry the experiment it is of; `f8net evaluate " + path +
                          " --data DIR` evaluates it as it is");
    const ExperimentDocument document = parse_experiment(said->second, path, {}, {});
    const RunId id = store.create_run(describe(document, path, name));
    RunWriter writer(store.path(), id, nullptr);
    const std::string stage = "imported";
    std::vector<LayerDescription> layers;
    EpochReport report;
    report.epoch = Epoch{1};
    report.stage = stage;
    for (const IntegerNode& node : network.nodes) {
        layers.push_back(describe(node, static_cast<int>(layers.size())));
        if (node.has_weights()) report.formats.push_back(formats_of(node));
    }
    writer.on_stage_start(stage, layers, Step{0}, Epoch{1});
    writer.on_epoch(report);
    writer.on_event({EventLevel::kInfo, "import", "imported from " + path, {}, {}});

    ArtifactRecord file;
    file.path = (std::filesystem::path(store.run_folder(id)) / "network.f8n").string();
    std::filesystem::copy_file(path, file.path);
    file.role = "network";
    file.size_bytes = static_cast<int64_t>(std::filesystem::file_size(file.path));
    file.hash = hash_file_hex(file.path);
    file.created_at = now_seconds();
    store.add_artifact(id, file);
    writer.finish(RunState::kFinished, 0);
    return id;
}

}  // namespace f8net
