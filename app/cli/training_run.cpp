// SPDX-License-Identifier: Apache-2.0
#include "app/cli/training_run.h"

#include <CLI/App.hpp>
#include <cstdlib>
#include <filesystem>

#include "app/cli/environment_record.h"
#include "app/cli/number_check.h"
#include "app/cli/subject.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/config/published_weights.h"
#include "core/data/dataset.h"
#include "core/run/experiment_mapping.h"
#include "core/run/torch_backend.h"
#include "core/tensorfile/checkpoint_file.h"

namespace f8net {

namespace {

std::string shell_word(const std::string& word) {
    const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

/// "fashion-mnist/quickstart" for ".../configs/fashion-mnist/quickstart.yaml".
std::string experiment_of(const std::string& path) {
    const std::filesystem::path file(path);
    const std::string folder = std::filesystem::absolute(file).parent_path().filename().string();
    return folder + "/" + file.stem().string();
}

/// What the store keeps of the configuration itself.
void describe_configuration(NewRun& run, const ExperimentDocument& document) {
    const Experiment& experiment = document.experiment;
    const std::vector<ResolvedStage> stages = experiment.resolved_stages();
    run.config = to_yaml(experiment, YamlDetail::kEverything);
    for (const OptionEntry& entry : document.entries()) {
        run.config_values[entry.stage.empty() ? entry.row->key : "stages." + entry.stage + "." + entry.row->key] =
            entry.text;
    }
    run.model = experiment.network.architecture;
    run.dataset = experiment.data.dataset;
    run.numeric_mode = to_string(stages.back().experiment.quantization.mode);
    run.device = experiment.training.device;
    for (const ResolvedStage& stage : stages) run.total_epochs += stage.experiment.training.epochs;
}

Json environment_of(const Context& context, const Experiment& experiment) {
    const int threads = experiment.training.threads > 0 ? experiment.training.threads : context.threads();
    return environment_record(threads, experiment.training.device);
}

}  // namespace

void add_training_options(CLI::App& app, TrainOptions& options) {
    app.add_option("--from", options.from, "Start from the weights of a run or checkpoint")->option_text("SUBJECT");
    app.add_option("--name", options.name, "Name of the run; default: the experiment's");
    app.add_option("--tag", options.tags, "Tag of the run; repeatable")->allow_extra_args(false);
    app.add_option("--data", options.data, "Folder of the data")->option_text("DIR");
    app.add_option("--epochs", options.epochs, "Of each stage")->check(count_from_one());
    app.add_option("--batch-size", options.batch_size, "Images per optimizer step")->check(count_from_one());
    app.add_option("--limit", options.limit, "Only the first so many training images")->check(count_from_one());
}

std::vector<Setting> train_settings(const Context& context, const TrainOptions& options) {
    std::vector<Setting> settings = context.settings();
    const auto add = [&](const char* key, const std::string& text, const char* flag) {
        settings.push_back({key, text, flag});
    };
    if (!options.data.empty()) add("data.folder", options.data, "--data");
    if (options.epochs > 0) add("training.epochs", std::to_string(options.epochs), "--epochs");
    if (options.batch_size > 0) add("training.batch_size", std::to_string(options.batch_size), "--batch-size");
    if (options.limit > 0) add("data.train_limit", std::to_string(options.limit), "--limit");
    if (!options.from.empty()) add("training.from", options.from, "--from");
    return settings;
}

ExperimentDocument load_checked_experiment(Context& context, const TrainOptions& options) {
    ExperimentDocument document = load_experiment(options.config, train_settings(context, options));
    require_real_paths(document);
    const char* home = std::getenv("HOME");
    find_published_weights(document, home == nullptr ? "" : home);
    for (const ConfigNote& note : document.notes) context.console.note(note.origin.to_string() + ": " + note.message);
    return document;
}

DatasetPtr open_training_data(const Experiment& experiment) {
    DatasetPtr dataset = open_dataset(experiment, Split::kTrain);
    for (const ResolvedStage& stage : experiment.resolved_stages()) {
        const TrainingConfig& training = stage.experiment.training;
        const int64_t images = training.images_per_epoch > 0 ? training.images_per_epoch : dataset->size();
        if (!training.drop_last || images >= training.batch_size) continue;
        throw ConfigError("training.batch_size is " + std::to_string(training.batch_size) + ", more than the " +
                          std::to_string(images) + " images of an epoch" +
                          (experiment.stages.empty() ? "" : " (in stage " + stage.name + ")") +
                          ": no step would be made; a smaller one, or training.drop_last=false");
    }
    return dataset;
}

void require_torch_module() {
    if (!torch_backend_is_installed()) {
        throw MissingError("training needs LibTorch's module, which is not installed: ./quickstart builds it");
    }
}

StartingPoint find_starting_point(const Context& context, const Experiment& experiment) {
    StartingPoint start;
    const std::string& from = experiment.training.from;
    if (from.empty()) {
        start.checkpoint = experiment.network.pretrained_file;
        if (!start.checkpoint.empty() && !std::filesystem::exists(start.checkpoint)) {
            throw ConfigError("network.pretrained_file is '" + start.checkpoint + "': there is no such file");
        }
        return start;
    }
    if (kind_of_subject(from) == Subject::Kind::kCheckpoint) {
        if (!std::filesystem::exists(from)) throw ConfigError("--from " + from + ": there is no such file");
        start.checkpoint = std::filesystem::absolute(from).string();
        start.parent_checkpoint = start.checkpoint;
        return start;
    }
    if (kind_of_subject(from) != Subject::Kind::kRun) {
        throw ConfigError("--from " + from + ": expected a run or a checkpoint to start from");
    }
    const Subject subject = Subject::open(context, from);
    if (!subject.has_checkpoint()) throw ConfigError("--from " + from + ": that run has no checkpoint yet");
    start.checkpoint = subject.checkpoint_path();
    start.parent = subject.run();
    start.parent_checkpoint = subject.checkpoint_name();
    return start;
}

void check_starting_weights(const Experiment& experiment, const StartingPoint& start) {
    if (start.checkpoint.empty()) return;
    const Experiment first = experiment.resolved_stages().front().experiment;
    (void)translate_pretrained(load_checkpoint_file(start.checkpoint), layer_graph_of(first),
                               pretrained_options(first, start.checkpoint));
}

NewRun describe_run(const Context& context, const TrainOptions& options, const ExperimentDocument& document,
                    const StartingPoint& start) {
    const Experiment& experiment = document.experiment;
    NewRun run;
    describe_configuration(run, document);
    run.name = options.name.empty() ? experiment.name : options.name;
    run.config_path = options.config;
    run.experiment = experiment_of(options.config);
    run.dataset_fingerprint = open_training_data(experiment)->fingerprint();
    Json environment = environment_of(context, experiment);
    for (const auto& [key, origin] : document.origins) {
        if (origin.kind != Origin::Kind::kDefault) environment["origins"][key] = origin.to_string();
    }
    run.environment = json_text(environment, -1);
    run.command = "f8net";
    for (const std::string& argument : context.arguments) run.command += " " + shell_word(argument);
    run.tags = options.tags;
    run.parent = start.parent;
    run.parent_checkpoint = start.parent_checkpoint;
    return run;
}

std::optional<NewRun> describe_changes(const Context& context, const RunRecord& run,
                                       const ExperimentDocument& document) {
    NewRun changes;
    describe_configuration(changes, document);
    if (changes.config == run.config) return std::nullopt;
    Json origins = Json::parse(run.environment, nullptr, /*allow_exceptions=*/false);
    origins = origins.is_object() && origins.contains("origins") ? origins["origins"] : Json::object();
    for (const auto& [key, value] : run.config_values) {
        // A plain key takes the place of what the stages said.
        if (!changes.config_values.contains(key)) origins.erase(key);
    }
    for (const auto& [key, origin] : document.origins) {
        if (origin.kind == Origin::Kind::kCommandLine) origins[key] = origin.to_string();
    }
    Json environment = environment_of(context, document.experiment);
    environment["origins"] = origins;
    changes.environment = json_text(environment, -1);
    return changes;
}

std::string changed_values(const RunRecord& run, const NewRun& changes) {
    std::string text;
    const auto add = [&](const std::string& line) { text += (text.empty() ? "" : "; ") + line; };
    for (const auto& [key, value] : changes.config_values) {
        const auto before = run.config_values.find(key);
        if (before == run.config_values.end()) {
            add(key + " is " + value);
        } else if (before->second != value) {
            add(key + " was " + before->second + ", is " + value);
        }
    }
    for (const auto& [key, value] : run.config_values) {
        if (!changes.config_values.contains(key)) add(key + " was " + value + ", is as in all stages");
    }
    return text;
}

int64_t estimated_run_bytes(const Experiment& experiment) {
    constexpr int64_t kBytesPerParameter = 2 * sizeof(float);  // weights and momentum
    constexpr int64_t kRest = 4'000'000;                       // buffers, generator, statistics in the store
    const int64_t one = layer_graph_of(experiment).parameters() * kBytesPerParameter + kRest;
    const auto stages = static_cast<int64_t>(experiment.resolved_stages().size());
    // One more than is kept is on the disk while it is written.
    return one * (experiment.training.keep_checkpoints + 1 + 1 + stages);
}

void warn_of_disk(Context& context, const Experiment& experiment, const std::string& folder) {
    constexpr int64_t kMegabyte = 1'000'000;
    const int64_t needed = estimated_run_bytes(experiment);
    const int64_t reserve = experiment.training.disk_reserve_mb * kMegabyte;
    const int64_t free = free_bytes(folder);
    if (free >= needed + reserve) return;
    context.console.warning(folder + ": the disk has " + format_bytes(free) + " free; the run takes up to " +
                            format_bytes(needed) + ", and " + format_bytes(reserve) +
                            " are to stay free (training.disk_reserve_mb). Fewer training.keep_checkpoints need less");
}

}  // namespace f8net
