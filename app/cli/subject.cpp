// SPDX-License-Identifier: Apache-2.0
#include "app/cli/subject.h"

#include <filesystem>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/run/experiment_mapping.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/subject/run_network.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

bool is_a_file(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

}  // namespace

Subject::Kind kind_of_subject(const std::string& text) {
    const auto ends = [&](const char* suffix) { return text.ends_with(suffix); };
    if (ends(".f8n")) return Subject::Kind::kIntegerNetwork;
    if (ends(".safetensors") || ends(".pt") || ends(".pth") || ends(".pth.tar")) return Subject::Kind::kCheckpoint;
    if (ends(".yaml") || ends(".yml")) return Subject::Kind::kConfig;
    return Subject::Kind::kRun;
}

Subject Subject::open(const Context& context, const std::string& text, const std::string& config,
                      const std::vector<Setting>& settings) {
    Subject subject;
    subject.text_ = text;
    subject.kind_ = kind_of_subject(text);
    switch (subject.kind_) {
        case Kind::kRun:
            subject.open_run(context, text, config, settings);
            break;
        case Kind::kCheckpoint:
            subject.open_checkpoint(config, settings);
            break;
        case Kind::kIntegerNetwork:
            if (!is_a_file(text)) throw ConfigError(text + ": there is no such file");
            subject.network_ = load_integer_network(text);
            subject.checkpoint_name_ = text;
            if (!config.empty()) {
                subject.experiment_ = stage_experiment(load_experiment(config, settings).experiment, {});
            } else if (const auto said = subject.network_->metadata.find("experiment");
                       said != subject.network_->metadata.end()) {
                subject.experiment_ = stage_experiment(parse_experiment(said->second, text, settings).experiment, {});
            }
            break;
        case Kind::kConfig:
            subject.experiment_ = stage_experiment(load_experiment(text, settings).experiment, {});
            break;
    }
    return subject;
}

void Subject::open_run(const Context& context, const std::string& text, const std::string& config,
                       const std::vector<Setting>& settings) {
    const size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    const std::string role = colon == std::string::npos ? "best" : text.substr(colon + 1);
    if (role != "best" && role != "last" && !role.starts_with("stage:")) {
        throw ConfigError(text + ": unknown checkpoint '" + role + "', expected RUN:best, RUN:last or RUN:stage:NAME");
    }
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    run_ = reader.find(name);
    const RunRecord record = reader.run(*run_);
    run_name_ = record.name;
    std::optional<ArtifactRecord> artifact = reader.checkpoint(*run_, role);
    // A run without evaluation has no best checkpoint; its last one is what there is.
    if (!artifact && colon == std::string::npos) artifact = reader.checkpoint(*run_, "last");
    const std::optional<ArtifactRecord> kept = artifact ? std::nullopt : kept_network(reader, *run_);
    if (artifact) {
        checkpoint_path_ = artifact->path;
        checkpoint_name_ = artifact->role;
    } else if (kept && colon == std::string::npos) {
        network_ = load_integer_network(kept->path);
        checkpoint_name_ = kept->role;
    } else if (colon != std::string::npos) {
        throw ConfigError(text + ": the run has no checkpoint '" + role + "'");
    }
    const ExperimentDocument document = config.empty()
                                            ? parse_experiment(record.config, "run " + run_->text(), settings)
                                            : load_experiment(config, settings);
    experiment_ = stage_experiment(document.experiment, artifact ? artifact->stage : std::string());
}

void Subject::open_checkpoint(const std::string& config, const std::vector<Setting>& settings) {
    if (!is_a_file(text_)) throw ConfigError(text_ + ": there is no such file");
    checkpoint_path_ = text_;
    checkpoint_name_ = text_;
    checkpoint_ = load_checkpoint_file(text_);
    const auto said = checkpoint_->metadata.find("experiment");
    if (!config.empty()) {
        const auto stage = checkpoint_->metadata.find("stage");
        experiment_ = stage_experiment(load_experiment(config, settings).experiment,
                                       stage == checkpoint_->metadata.end() ? std::string() : stage->second);
    } else if (said != checkpoint_->metadata.end()) {
        experiment_ = stage_experiment(parse_experiment(said->second, text_, settings).experiment, {});
    } else {
        throw ConfigError(text_ + " does not say what network it is: name its experiment with --config FILE.yaml");
    }
    PretrainedWeights weights =
        translate_pretrained(std::move(*checkpoint_), graph(), pretrained_options(*experiment_, text_));
    checkpoint_ = std::move(weights.state);
}

const Experiment& Subject::experiment() const {
    if (!experiment_) {
        throw ConfigError(text_ + " says nothing of an experiment (data, training): name one with --config FILE.yaml");
    }
    return *experiment_;
}

LayerGraph Subject::graph() const {
    return layer_graph_of(experiment());
}

const TensorMap& Subject::checkpoint() {
    if (!checkpoint_) {
        if (checkpoint_path_.empty()) {
            throw ConfigError(
                text_ + (kind_ == Kind::kConfig ? " is a configuration and has no weights; name a run or a checkpoint"
                         : kind_ == Kind::kRun
                             ? " has no checkpoint yet"
                             : " is an integer network and has no trainable weights; name a run or a checkpoint"));
        }
        checkpoint_ = load_checkpoint_file(checkpoint_path_);
    }
    return *checkpoint_;
}

void Subject::use_checkpoint(const std::string& path) {
    checkpoint_path_ = checkpoint_name_ = path;
    checkpoint_.reset();
    network_.reset();
}

const IntegerNetwork& Subject::integer_network() {
    if (network_) return *network_;
    network_ = lower_checkpoint(checkpoint(), checkpoint_path_, experiment());
    if (run_) network_->metadata["run"] = run_->text();
    return *network_;
}

}  // namespace f8net
