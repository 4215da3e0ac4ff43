// SPDX-License-Identifier: Apache-2.0
/// A finished run on Fashion-MNIST whose network has random weights, kept as an integer network's file: all that
/// what-if needs, without training.
#pragma once

#include <optional>
#include <string>

#include "core/fixedpoint/clip_scale.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"
#include "tests/core/network/small_network.h"

namespace f8net {

inline void add_network(RunStore& store, const RunId& run) {
    ArtifactRecord artifact;
    artifact.path = store.run_folder(run) + "/network.f8n";
    artifact.role = "network";
    save_integer_network(artifact.path, small_random_network());
    store.add_artifact(run, artifact);
}

/// folder: of its data; empty: Debian's package.
inline RunId make_network_run(const std::string& store_path, const std::string& name, bool has_network = true,
                              const std::string& folder = {}) {
    RunStore store(store_path, RunStore::Mode::kReadWrite);
    NewRun run;
    run.name = name;
    run.config =
        "network: {architecture: resnet18, width_multiplier: 0.125, image_size: 28, input_channels: 1, num_classes: "
        "10, "
        "stem: small}\ndata: {dataset: fashion-mnist" +
        (folder.empty() ? "" : ", folder: " + folder) + "}\n";
    const RunId id = store.create_run(run);
    RunWriter writer(store_path, id, nullptr);
    LayerDescription layer;
    layer.name = "head.0";
    writer.on_stage_start("fixed-point", {layer}, Step{10}, Epoch{1});
    EpochReport report;
    report.epoch = Epoch{1};
    report.stage = "fixed-point";
    LayerFormatReport formats;
    formats.layer = "head.0";
    formats.input_format = kPixelFormat;
    formats.weight_format = small_random_network().nodes[1].weight_format;
    report.formats = {formats};
    writer.on_epoch(report);
    writer.finish(RunState::kFinished, 0);
    if (has_network) add_network(store, id);
    return id;
}

}  // namespace f8net
