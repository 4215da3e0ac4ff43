// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/stage_values.h"

#include <algorithm>
#include <string_view>

#include "core/config/option_table.h"

namespace f8net {

namespace {

constexpr std::string_view kPrefix = "stages.";

const Stage* findStage(const Experiment& experiment, const std::string& name) {
    const auto found = std::find_if(experiment.stages.begin(), experiment.stages.end(),
                                    [&](const Stage& stage) { return stage.name == name; });
    return found == experiment.stages.end() ? nullptr : &*found;
}

}  // namespace

StageKey splitStageKey(const std::string& key) {
    if (!key.starts_with(kPrefix)) return {{}, key};
    const size_t dot = key.find('.', kPrefix.size());
    if (dot == std::string::npos) return {{}, key};
    return {key.substr(kPrefix.size(), dot - kPrefix.size()), key.substr(dot + 1)};
}

std::string joinStageKey(const StageKey& key) {
    return key.stage.empty() ? key.key : std::string(kPrefix) + key.stage + "." + key.key;
}

std::optional<std::string> ownValue(const Experiment& experiment, const StageKey& key) {
    const Stage* stage = findStage(experiment, key.stage);
    if (stage == nullptr) return std::nullopt;
    for (const StageOverride& change : stage->overrides) {
        if (change.key == key.key) return change.text;
    }
    return std::nullopt;
}

std::string valueIn(const Experiment& experiment, const StageKey& key) {
    const auto own = ownValue(experiment, key);
    return own ? *own : get_option(experiment, key.key);
}

}  // namespace f8net
