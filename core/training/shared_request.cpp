// SPDX-License-Identifier: Apache-2.0
#include "core/training/shared_request.h"

#include <nlohmann/json.hpp>

#include "core/config/experiment_document.h"

namespace f8net {

using Json = nlohmann::json;

std::string to_shared_text(const TrainRequest& request) {
    Json stages = Json::array();
    for (const ResolvedStage& stage : request.stages) {
        stages.push_back({{"name", stage.name}, {"experiment", to_yaml(stage.experiment, YamlDetail::kEverything)}});
    }
    return Json{{"stages", stages},
                {"folder", request.folder},
                {"initial_checkpoint", request.initial_checkpoint},
                {"initial_is_strict", request.initial_is_strict},
                {"resume_checkpoint", request.resume_checkpoint},
                {"metadata", request.metadata}}
        .dump();
}

TrainRequest from_shared_text(const std::string& text) {
    const Json document = Json::parse(text);
    TrainRequest request;
    for (const Json& stage : document.at("stages")) {
        const std::string name = stage.at("name");
        const std::string yaml = stage.at("experiment");
        request.stages.push_back({name, parse_experiment(yaml, "stage " + name + " of rank 0").experiment});
    }
    request.folder = document.at("folder");
    request.initial_checkpoint = document.at("initial_checkpoint");
    request.initial_is_strict = document.at("initial_is_strict");
    request.resume_checkpoint = document.at("resume_checkpoint");
    request.metadata = document.at("metadata").get<std::map<std::string, std::string>>();
    return request;
}

}  // namespace f8net
