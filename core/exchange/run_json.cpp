// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/run_json.h"

namespace f8net {

Json json_time(double seconds) {
    return seconds > 0 ? Json(seconds) : Json(nullptr);
}

Json to_json(const RunSummary& run) {
    return {
        {"id", run.id.text()},
        {"name", run.name},
        {"state", to_string(run.state)},
        {"config", run.config_path},
        {"tags", run.tags},
        {"experiment", or_null(run.experiment)},
        {"model", or_null(run.model)},
        {"dataset", or_null(run.dataset)},
        {"mode", or_null(run.numeric_mode)},
        {"device", or_null(run.device)},
        {"note", or_null(run.note)},
        {"parent", run.parent ? Json(run.parent->text()) : Json(nullptr)},
        {"stage", or_null(run.stage)},
        {"epoch", run.epoch.value},
        {"epochs", run.total_epochs.value},
        {"step", run.step.value},
        {"steps", run.total_steps.value},
        {"progress", run.progress},
        {"eta", or_null(run.eta_seconds)},
        {"best_top1", or_null(run.best_top1)},
        {"best_epoch", run.best_epoch.value},
        {"last_top1", or_null(run.last_top1)},
        {"last_loss", or_null(run.last_loss)},
        {"float_top1", or_null(run.float_top1)},
        {"fixed_top1", or_null(run.fixed_top1)},
        {"integer_top1", or_null(run.integer_top1)},
        {"created", json_time(run.created_at)},
        {"started", json_time(run.started_at)},
        {"ended", json_time(run.ended_at)},
        {"trashed", json_time(run.trashed_at)},
        {"duration", run.duration_seconds},
        {"attempt", run.attempt},
        {"exit_code", or_null(run.exit_code)},
        {"message", or_null(run.message)},
        {"host", or_null(run.owner.host)},
        {"pid", run.owner.pid != 0 ? Json(run.owner.pid) : Json(nullptr)},
        {"folder", run.folder},
    };
}

Json to_json(const RunRecord& run) {
    Json json = to_json(static_cast<const RunSummary&>(run));
    json["dataset_fingerprint"] = or_null(run.dataset_fingerprint);
    json["parent_checkpoint"] = or_null(run.parent_checkpoint);
    json["command"] = or_null(run.command);
    json["config_values"] = run.config_values;
    const Json environment = Json::parse(run.environment, nullptr, false);
    json["environment"] = environment.is_discarded() ? or_null(run.environment) : environment;
    Json children = Json::array();
    for (const RunId& child : run.children) children.push_back(child.text());
    json["children"] = children;
    return json;
}

Json to_json(const ArtifactRecord& artifact) {
    return {{"path", artifact.path},
            {"role", artifact.role},
            {"checkpoint", artifact.is_checkpoint},
            {"bytes", artifact.size_bytes},
            {"hash", or_null(artifact.hash)},
            {"epoch", artifact.epoch.value},
            {"step", artifact.step.value},
            {"stage", or_null(artifact.stage)},
            {"top1", or_null(artifact.top1)},
            {"created", json_time(artifact.created_at)}};
}

Json to_json(const EvaluationRecord& evaluation) {
    return {{"checkpoint", evaluation.checkpoint},
            {"mode", evaluation.mode},
            {"split", evaluation.split},
            {"images", evaluation.images},
            {"top1", evaluation.top1},
            {"top5", evaluation.top5},
            {"loss", or_null(evaluation.loss)},
            {"integer_modes_agree", or_null(evaluation.integer_modes_agree)},
            {"images_per_second", or_null(evaluation.images_per_second)},
            {"created", json_time(evaluation.created_at)}};
}

}  // namespace f8net
