// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/config/shown_text.h"

namespace f8net {

namespace {

/// A value that this version accepts in a file but cannot do.
struct Unavailable {
    const char* key;
    bool (*is_asked)(const Experiment&);
    const char* way_out;
};

bool has_starting_weights(const Experiment& e) {
    return !e.network.pretrained_file.empty() || !e.training.from.empty();
}

constexpr Unavailable kUnavailable[] = {
    {"network.reset_parameters",
     [](const Experiment& e) { return !e.network.reset_parameters && !has_starting_weights(e); },
     "weights that start from nothing are always initialized as the method says; set it to true, or name "
     "network.pretrained_file"},
    {"quantization.compensate_streams", [](const Experiment& e) { return e.quantization.compensate_streams; },
     "compensated streams are not part of this version; set it to false"},
    {"training.channels_last", [](const Experiment& e) { return !e.training.channels_last; },
     "convolutions always keep channels innermost in this version; set it to true"},
    {"evaluation.topk",
     [](const Experiment& e) {
         return std::any_of(e.evaluation.topk.begin(), e.evaluation.topk.end(),
                            [](int64_t k) { return k != 1 && k != 5; });
     },
     "this version counts the best 1 and the best 5; use [1, 5]"},
    {"evaluation.recalibrate_batch_norm", [](const Experiment& e) { return e.evaluation.recalibrate_batch_norm > 0; },
     "statistics are not re-estimated in this version; set it to 0"},
};

}  // namespace

void require_available_options(const ExperimentDocument& document) {
    for (const ResolvedStage& stage : document.experiment.resolved_stages()) {
        for (const Unavailable& rule : kUnavailable) {
            if (!rule.is_asked(stage.experiment)) continue;
            const std::string place =
                document.origin(rule.key, document.experiment.stages.empty() ? "" : stage.name).to_string();
            throw ConfigError(place + ": " + rule.key + " is " + shown_text(get_option(stage.experiment, rule.key)) +
                              ": " + rule.way_out);
        }
    }
}

}  // namespace f8net
