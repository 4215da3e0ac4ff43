// SPDX-License-Identifier: Apache-2.0
#include "core/config/experiment.h"

#include <set>

#include "core/base/error.h"
#include "core/config/choice_names.h"
#include "core/config/experiment_checks.h"
#include "core/config/option_table.h"
#include "core/config/shown_text.h"

namespace f8net {
namespace {

void require(bool holds, const std::string& message) {
    if (!holds) throw ConfigError(message);
}

void check_initial_format(const std::string& key, const InitialFormat& format) {
    require(format.word_length >= 2,
            key + " has word length " + std::to_string(format.word_length) + ", expected 2 to 32");
    require(format.fractional_length <= format.word_length,
            key + " has fractional length " + std::to_string(format.fractional_length) +
                ", expected 0 to the word length " + std::to_string(format.word_length));
}

void check_ordered_pair(const std::string& key, const std::vector<double>& pair) {
    require(pair.size() == 2 && pair[0] <= pair[1], key + " has its larger number first, expected [smallest, largest]");
}

bool is_device(const std::string& device) {
    if (device == "cpu" || device == "cuda" || device == "auto") return true;
    if (!device.starts_with("cuda:") || device.size() > 8 || device.size() == 5) return false;
    return device.find_first_not_of("0123456789", 5) == std::string::npos;
}

/// One stage, or an experiment without stages.
void check_values(const Experiment& e) {
    check_ordered_pair("data.crop_scale", e.data.crop_scale);
    check_ordered_pair("data.crop_ratio", e.data.crop_ratio);
    if (e.data.normalize) {
        for (const auto& [key, values] : {std::pair{"data.mean", &e.data.mean}, std::pair{"data.std", &e.data.std}}) {
            const auto channels = static_cast<size_t>(e.network.input_channels);
            require(values->size() == 1 || values->size() == channels,
                    std::string(key) + " has " + std::to_string(values->size()) +
                        " numbers, expected 1 or one for each of the " + std::to_string(channels) +
                        " channels (network.input_channels)");
        }
    }
    require(e.data.test_resize == 0 || e.data.test_resize >= e.network.image_size,
            "data.test_resize is " + std::to_string(e.data.test_resize) +
                ", expected 0 or at least network.image_size, " + std::to_string(e.network.image_size));
    require(e.network.stem != NetworkStem::kSmall || e.network.image_size <= 64,
            "network.stem is small, which is for images up to 64 pixels, but network.image_size is " +
                std::to_string(e.network.image_size) + "; use imagenet");
    for (const auto& pair : e.network.pretrained_remap) {
        const size_t equals = pair.find('=');
        require(equals != std::string::npos && equals > 0,
                "network.pretrained_remap holds " + shown_text(pair) + ", expected theirs=ours (theirs= leaves out)");
    }
    check_initial_format("quantization.weight_format", e.quantization.weight_format);
    check_initial_format("quantization.input_format", e.quantization.input_format);
    if (e.quantization.mode == NumericMode::kFakeQuant && e.quantization.format_policy == FormatPolicy::kStatistics) {
        require(
            e.quantization.weight_format.word_length == 8 && e.quantization.input_format.word_length == 8,
            "quantization.format_policy is statistics, which is for words of 8 bits only; use grid-search or fixed");
    }
    require(!e.optimizer.nesterov || e.optimizer.momentum > 0,
            "optimizer.nesterov is true, which needs optimizer.momentum above 0");
    for (size_t i = 1; i < e.schedule.milestones.size(); ++i) {
        require(e.schedule.milestones[i - 1] < e.schedule.milestones[i], "schedule.milestones must ascend");
    }
    const auto& t = e.training;
    require(t.micro_batch == 0 || (t.micro_batch <= t.batch_size && t.batch_size % t.micro_batch == 0),
            "training.micro_batch is " + std::to_string(t.micro_batch) +
                ", expected 0 or a divisor of training.batch_size, " + std::to_string(t.batch_size));
    require(is_device(t.device), "training.device is " + shown_text(t.device) + ", expected cpu, cuda, cuda:N or auto");
}

}  // namespace

std::vector<ResolvedStage> Experiment::resolved_stages() const {
    Experiment base = *this;
    base.stages.clear();
    if (stages.empty()) return {ResolvedStage{"main", base}};
    std::vector<ResolvedStage> resolved;
    for (const Stage& stage : stages) {
        ResolvedStage out{stage.name, base};
        for (const StageOverride& change : stage.overrides) {
            require(option(change.key).stage_may_override,
                    "stages." + stage.name + "." + change.key + " is one for the whole run, a stage cannot change it");
            set_option(out.experiment, change.key, change.text);
        }
        resolved.push_back(std::move(out));
    }
    return resolved;
}

std::optional<Conflict> find_conflict(const Experiment& experiment) {
    std::set<std::string> names;
    for (const Stage& stage : experiment.stages) {
        const bool plain = !stage.name.empty() && stage.name.size() <= 64 &&
                           stage.name.find_first_not_of(
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == std::string::npos;
        if (!plain) {
            return Conflict{
                {},
                "stages",
                "stages: a stage is named " + shown_text(stage.name) + ", expected letters, digits, _ and -"};
        }
        if (!names.insert(stage.name).second) {
            return Conflict{{}, "stages", "stages: two stages are named '" + stage.name + "'"};
        }
    }
    for (const ResolvedStage& stage : experiment.resolved_stages()) {
        try {
            check_values(stage.experiment);
        } catch (const ConfigError& error) {
            const std::string message = error.what();
            const std::string in_stage = experiment.stages.empty() ? "" : stage.name;
            return Conflict{in_stage, message.substr(0, message.find(' ')),
                            message + (in_stage.empty() ? "" : " (in stage " + in_stage + ")")};
        }
    }
    return std::nullopt;
}

void check_experiment(const Experiment& experiment) {
    if (const auto conflict = find_conflict(experiment)) throw ConfigError(conflict->message);
}

void check_for_ranks(const Experiment& experiment, int ranks) {
    for (const ResolvedStage& stage : experiment.resolved_stages()) {
        const TrainingConfig& t = stage.experiment.training;
        const std::string in_stage = experiment.stages.empty() ? "" : " (in stage " + stage.name + ")";
        const int share = t.batch_size / ranks;
        require(t.batch_size % ranks == 0, "training.batch_size is " + std::to_string(t.batch_size) + ", which " +
                                               std::to_string(ranks) +
                                               " ranks cannot share evenly; it counts the images of all ranks: use " +
                                               (share > 0 ? std::to_string(share * ranks) + " or " : "") +
                                               std::to_string((share + 1) * ranks) + in_stage);
        require(t.micro_batch == 0 || share % t.micro_batch == 0,
                "training.micro_batch is " + std::to_string(t.micro_batch) + ", expected 0 or a divisor of " +
                    std::to_string(share) + ", the share of one of " + std::to_string(ranks) + " ranks" + in_stage);
    }
}

std::string to_string(NetworkStem value) {
    return choice_name(value);
}
std::string to_string(FormatPolicy value) {
    return choice_name(value);
}
std::string to_string(Granularity value) {
    return choice_name(value);
}
std::string to_string(FractionalLengthSharing value) {
    return choice_name(value);
}
std::string to_string(RescaleType value) {
    return choice_name(value);
}
std::string to_string(PoolScale value) {
    return choice_name(value);
}
std::string to_string(WeightDecayScheme value) {
    return choice_name(value);
}
std::string to_string(ScheduleKind value) {
    return choice_name(value);
}
std::string to_string(Precision value) {
    return choice_name(value);
}
std::string to_string(Float32Matmul value) {
    return choice_name(value);
}

}  // namespace f8net
