// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <csignal>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/commands/evaluate.h"
#include "app/cli/configured_exports.h"
#include "app/cli/console_observer.h"
#include "app/cli/detached_process.h"
#include "app/cli/environment_record.h"
#include "app/cli/final_evaluation.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/signals.h"
#include "app/cli/text_table.h"
#include "app/cli/training_run.h"
#include "core/cuda/driver.h"
#include "core/run/device_lost.h"
#include "core/run/experiment_mapping.h"
#include "core/run/rank_error.h"
#include "core/run/rank_place.h"
#include "core/run/torch_backend.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

/// A run that is about to be trained.
struct Plan {
    Experiment experiment;
    RunId run;
    std::string folder, initial_checkpoint;
    std::optional<ArtifactRecord> resume_from;
    std::optional<NewRun> changes;  ///< of a resume with other settings
    std::string changed_values;     ///< these, in words
    std::vector<Setting> settings;  ///< of the command line
    RankPlace place;
};

/// The newest whole checkpoint of a run; what a crash damaged is passed over, and said.
std::optional<ArtifactRecord> find_resume_checkpoint(Context& context, const RunReader& reader, const RunId& run) {
    for (const char* role : {"last", "previous"}) {
        const auto artifact = reader.checkpoint(run, role);
        if (!artifact) continue;
        try {
            (void)read_safetensors(artifact->path);
            return artifact;
        } catch (const Error& error) {
            context.console.warning(std::string(error.what()) + "; going back to the checkpoint before");
        }
    }
    return std::nullopt;
}

Plan plan_resume(Context& context, const TrainOptions& options, const RunId& run) {
    const RunStore store(context.options.store, RunStore::Mode::kReadWrite);
    const RunReader reader(store);
    const RunRecord record = reader.run(run);
    Plan plan;
    plan.settings = train_settings(context, options);
    const ExperimentDocument document = parse_experiment(record.config, "run " + run.text(), plan.settings);
    plan.experiment = document.experiment;
    plan.changes = describe_changes(context, record, document);
    if (plan.changes) plan.changed_values = changed_values(record, *plan.changes);
    plan.run = run;
    plan.folder = record.folder;
    plan.resume_from = find_resume_checkpoint(context, reader, run);
    // A checkpoint of its own holds all: what the run once started from may be gone.
    if (!plan.resume_from) plan.initial_checkpoint = find_starting_point(context, plan.experiment).checkpoint;
    context.console.note(
        "going on with run " + run.text() + " (" + record.name + ")" +
        (plan.resume_from ? fmt::format(" after step {}", plan.resume_from->step.value) : " from the start"));
    return plan;
}

Plan plan_new_run(Context& context, const TrainOptions& options, const ExperimentDocument& document) {
    Plan plan;
    plan.settings = train_settings(context, options);
    plan.experiment = document.experiment;
    const StartingPoint start = find_starting_point(context, plan.experiment);
    plan.initial_checkpoint = start.checkpoint;
    check_starting_weights(plan.experiment, start);
    const NewRun description = describe_run(context, options, document, start);
    RunStore store(context.options.store, RunStore::Mode::kReadWrite);
    plan.run = store.create_run(description);
    plan.folder = store.run_folder(plan.run);
    return plan;
}

Json summary_json(const RunId& run, const char* state, const TrainSummary& summary, const std::string& folder) {
    return {{"run", run.text()},        {"state", state},
            {"epochs", summary.epochs}, {"best", {{"top1", summary.best_top1}, {"epoch", summary.best_epoch}}},
            {"last", summary.last},     {"folder", folder}};
}

TrainRequest make_request(const Plan& plan) {
    TrainRequest request;
    request.stages = plan.experiment.resolved_stages();
    request.folder = plan.folder;
    request.initial_checkpoint = plan.initial_checkpoint;
    request.initial_is_strict = plan.experiment.network.pretrained_strict;
    if (plan.resume_from) request.resume_checkpoint = plan.resume_from->path;
    request.place = plan.place;
    request.place.timeout_seconds = plan.experiment.training.rank_timeout_s;
    request.metadata["run"] = plan.run.text();
    for (const auto& [name, version] : library_versions(true)) request.metadata["version." + name] = version;
    return request;
}

ExitCode train_run(Context& context, const Plan& plan) {
    check_for_ranks(plan.experiment, plan.place.world);
    warn_of_disk(context, plan.experiment, plan.folder);
    StopToken token;
    const SignalRequests signals(token);
    RunWriter writer(context.options.store, plan.run, &token);
    writer.resume_from(plan.resume_from ? plan.resume_from->step : Step{0},
                       plan.resume_from ? plan.resume_from->epoch : Epoch{0});
    if (plan.changes) {
        // From here on the run is this process's.
        RunStore(context.options.store, RunStore::Mode::kReadWrite).update_run(plan.run, *plan.changes);
        writer.on_event({EventLevel::kInfo, "resume", "other settings: " + plan.changed_values,
                         plan.resume_from ? plan.resume_from->step : Step{0},
                         plan.resume_from ? plan.resume_from->epoch : Epoch{0}});
    }
    // Whoever reads what is said may go away (a pipe, a log's program): the training goes on.
    ::signal(SIGPIPE, SIG_IGN);
    ConsoleObserver console(context.console);
    ObserverList observers;
    observers.add(&writer);
    observers.add(&console);
    context.console.note("run " + plan.run.text() + ", " + plan.folder);

    TrainSummary summary;
    try {
        context.doing = "training run " + plan.run.text();
        summary = torch_backend().train(make_request(plan), observers, token);
    } catch (const RankLostError& error) {
        // What a lost process leaves behind is a crash, of which the store keeps the last words.
        writer.on_event({EventLevel::kError, "ranks", error.what(), {}, {}});
        throw;
    } catch (const DeviceLostError& error) {
        writer.on_event({EventLevel::kError, "device", error.what(), {}, {}});
        throw;
    } catch (const Error& error) {
        writer.finish(RunState::kFailed, static_cast<int>(error.exit_code()), error.what());
        throw;
    } catch (const std::filesystem::filesystem_error& error) {
        writer.finish(RunState::kFailed, static_cast<int>(ExitCode::kIo), error.what());
        throw;
    } catch (const std::exception& error) {
        writer.finish(RunState::kFailed, static_cast<int>(ExitCode::kInternal), error.what());
        throw;
    }
    if (summary.stopped) {
        const bool paused = writer.requested() == RunRequest::kPause;
        writer.finish(paused ? RunState::kPaused : RunState::kStopped, static_cast<int>(ExitCode::kStopped));
        context.console.note("stopped and saved; f8net train --resume " + plan.run.text() + " goes on");
        if (context.options.json) {
            print_json(context.console, summary_json(plan.run, paused ? "paused" : "stopped", summary, plan.folder));
        }
        return ExitCode::kStopped;
    }
    FinalEvaluation evaluation;
    try {
        context.doing = "evaluating run " + plan.run.text();
        writer.flush();
        evaluation = evaluate_finished_run(context, plan.run, plan.experiment, token);
    } catch (const Error& error) {
        // The training itself is done and saved.
        writer.on_event({EventLevel::kError, "log", std::string("evaluation failed: ") + error.what(), {}, {}});
        writer.finish(RunState::kFinished, static_cast<int>(error.exit_code()), error.what());
        throw;
    }
    writer.finish(RunState::kFinished, 0);
    if (context.options.json) {
        Json document = summary_json(plan.run, "finished", summary, plan.folder);
        document["evaluation"] = evaluation.document;
        print_json(context.console, document);
    } else {
        context.console.print(evaluation.text + fmt::format("\nrun {}: best top-1 {} (epoch {}), {}\n", plan.run.text(),
                                                            format_percent(summary.best_top1), summary.best_epoch,
                                                            plan.folder));
    }
    return ExitCode::kOk;
}

/// The run goes on in a process of its own, which takes the run from the store.
ExitCode train_detached(Context& context, const Plan& plan) {
    const std::string log = plan.folder + "/log.txt";
    std::vector<std::string> arguments{"train", "--resume", plan.run.text(), "--store",
                                       std::filesystem::absolute(context.options.store).string()};
    for (const Setting& setting : plan.settings) {
        arguments.insert(arguments.end(), {"--set", setting.key + "=" + setting.text});
    }
    const int64_t pid = start_detached(arguments, log);
    context.console.note("run " + plan.run.text() + " works in the background (process " + std::to_string(pid) + "), " +
                         log);
    if (context.options.json) {
        print_json(context.console, {{"run", plan.run.text()},
                                     {"state", "queued"},
                                     {"epochs", 0},
                                     {"best", nullptr},
                                     {"last", nullptr},
                                     {"folder", plan.folder},
                                     {"pid", pid},
                                     {"log", log}});
    } else {
        context.console.print(plan.run.text() + "\n");
    }
    return ExitCode::kOk;
}

/// --dry-run: `resumed` is the run that would go on.
ExitCode show_plan(Context& context, const Experiment& experiment, const std::optional<RunRecord>& resumed) {
    const DatasetPtr dataset =
        experiment.training.test_only ? open_dataset(experiment, Split::kTest) : open_training_data(experiment);
    const LayerGraph graph = layer_graph_of(experiment);
    Json stages = Json::array();
    TextTable table{"stage", "mode", ">epochs", ">batch", ">learning rate"};
    for (const ResolvedStage& stage : experiment.resolved_stages()) {
        const Experiment& e = stage.experiment;
        stages.push_back({{"name", stage.name},
                          {"mode", to_string(e.quantization.mode)},
                          {"epochs", e.training.epochs},
                          {"batch_size", e.training.batch_size},
                          {"lr", e.optimizer.lr}});
        table.add_row({stage.name, to_string(e.quantization.mode), std::to_string(e.training.epochs),
                       std::to_string(e.training.batch_size), format_number(e.optimizer.lr)});
    }
    const int64_t bytes = estimated_run_bytes(experiment);
    const std::string name = resumed ? resumed->name : experiment.name;
    if (context.options.json) {
        print_json(context.console, {{"run", resumed ? Json(resumed->id.text()) : Json(nullptr)},
                                     {"state", resumed ? Json(to_string(resumed->state)) : Json(nullptr)},
                                     {"name", name},
                                     {"dataset", dataset->description()},
                                     {"network", graph.architecture},
                                     {"parameters", graph.parameters()},
                                     {"macs", graph.macs()},
                                     {"bytes", bytes},
                                     {"stages", stages}});
    } else {
        context.console.print(fmt::format(
            "{}: {}, {} parameters, {} multiplications an image\n{}\nup to {} on disk\n{}", name, graph.architecture,
            graph.parameters(), graph.macs(), dataset->description(), format_bytes(bytes), table.text()));
        if (resumed) {
            context.console.print(fmt::format("goes on with run {} ({}) after epoch {} of {}\n", resumed->id.text(),
                                              to_string(resumed->state), resumed->epoch.value,
                                              resumed->total_epochs.value));
        }
    }
    return ExitCode::kOk;
}

/// training.test_only: the modes of evaluation.modes on what training would have started from.
ExitCode test_only(Context& context, const TrainOptions& options, const Experiment& experiment) {
    EvaluateOptions evaluation;
    evaluation.subject =
        experiment.training.from.empty() ? experiment.network.pretrained_file : experiment.training.from;
    if (evaluation.subject.empty()) {
        throw ConfigError(options.config +
                          ": training.test_only is on, but nothing says what to test: --from SUBJECT, training.from or "
                          "network.pretrained_file");
    }
    (void)find_starting_point(context, experiment);  // says which option names what is not there
    evaluation.config = options.config;
    evaluation.settings = train_settings(context, options);
    evaluation.device = experiment.training.device;
    evaluation.recalibrates = true;
    evaluation.write_exports = true;
    return evaluate_subject(context, evaluation);
}

/// A rank other than 0: it has no store and reports nothing; what it trains it hears from rank 0.
ExitCode train_as_other_rank(Context& context, const TrainOptions& options, RankPlace place) {
    context.console.configure(context.options.color, /*quiet=*/true, 0, context.options.json);
    if (!options.config.empty()) {
        // What is wrong with the command each rank finds out by itself, instead of waiting for a rank 0 that has ended.
        const ExperimentDocument document = load_checked_experiment(context, options);
        if (options.dry_run || document.experiment.training.test_only) return ExitCode::kOk;  // rank 0 alone does it
        check_for_ranks(document.experiment, place.world);
        (void)open_training_data(document.experiment);
        place.timeout_seconds = document.experiment.training.rank_timeout_s;
    }
    require_torch_module();
    StopToken token;
    const SignalRequests signals(token, /*announces=*/false);
    TrainRequest request;
    request.place = place;
    RunObserver nobody;
    try {
        context.doing = "training as rank " + std::to_string(place.rank);
        return torch_backend().train(request, nobody, token).stopped ? ExitCode::kStopped : ExitCode::kOk;
    } catch (const RankFailedError& error) {
        return error.exit_code();  // said by that rank, and by rank 0
    } catch (const DivergedError& error) {
        return error.exit_code();  // said by rank 0
    }
}

/// The run that --resume names; nothing where it names none, or is auto.
std::optional<RunId> find_named_run(const Context& context, const TrainOptions& options) {
    if (options.resume.empty() || options.resume == "auto") return std::nullopt;
    // A run keeps what these say: to pass over one of them in silence would train something else than was asked for.
    const std::pair<const char*, bool> of_new_runs[] = {
        {"CONFIG", !options.config.empty()},
        {"--from", !options.from.empty()},
        {"--name (f8net runs rename)", !options.name.empty()},
        {"--tag (f8net runs tag)", !options.tags.empty()},
    };
    for (const auto& [what, is_given] : of_new_runs) {
        if (!is_given) continue;
        throw ConfigError(std::string(what) + " is for a new run, and --resume " + options.resume +
                          " goes on with one that keeps its own; with a CONFIG: --resume auto");
    }
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    return RunReader(store).find(options.resume);
}

/// --resume auto: the run of this name and configuration that is to go on.
std::optional<RunId> find_unfinished_run(const Context& context, const TrainOptions& options,
                                         const Experiment& experiment) {
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    return RunReader(store).find_unfinished(options.name.empty() ? experiment.name : options.name,
                                            to_yaml(experiment, YamlDetail::kEverything));
}

/// With the settings of the command line, as it would go on.
ExitCode show_resume(Context& context, const TrainOptions& options, const RunId& run) {
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    const RunRecord record = RunReader(store).run(run);
    const Experiment experiment =
        parse_experiment(record.config, "run " + run.text(), train_settings(context, options)).experiment;
    require_gpu(experiment.training.device);
    return show_plan(context, experiment, record);
}

ExitCode train_command(Context& context, const TrainOptions& options) {
    if (options.config.empty() && (options.resume.empty() || options.resume == "auto")) {
        throw ConfigError("train needs a CONFIG, for example configs/fashion-mnist/quickstart.yaml, or --resume RUN");
    }
    const RankPlace place = rank_place(environment_variable, options.local_rank);
    if (options.detach && !place.is_alone()) {
        throw ConfigError(
            "--detach is for a single process; start the launcher of the ranks in the background instead");
    }
    if (!place.is_first()) return train_as_other_rank(context, options, place);
    std::optional<RunId> resumed = find_named_run(context, options);
    ExperimentDocument document;
    if (!resumed) {
        document = load_checked_experiment(context, options);
        const bool only_tests = document.experiment.training.test_only;
        if (only_tests)
            return options.dry_run ? show_plan(context, document.experiment, std::nullopt)
                                   : test_only(context, options, document.experiment);
        // What can be wrong without a run is found out before there is one.
        check_for_ranks(document.experiment, place.world);
        (void)open_training_data(document.experiment);
        require_gpu(document.experiment.training.device);
        if (options.resume == "auto") resumed = find_unfinished_run(context, options, document.experiment);
    }
    if (options.dry_run) {
        if (resumed) return show_resume(context, options, *resumed);
        check_starting_weights(document.experiment, find_starting_point(context, document.experiment));
        return show_plan(context, document.experiment, std::nullopt);
    }
    require_torch_module();
    if (!resumed) prepare_exports(configured_exports(document.experiment.resolved_stages().back().experiment));
    Plan plan = resumed ? plan_resume(context, options, *resumed) : plan_new_run(context, options, document);
    plan.place = place;
    if (resumed) require_gpu(plan.experiment.training.device);
    return options.detach ? train_detached(context, plan) : train_run(context, plan);
}

}  // namespace

void add_train_command(CommandRegistry& registry) {
    const auto options = std::make_shared<TrainOptions>();
    CLI::App& app = registry.add("train", "Train an experiment, then compare all ways of computing",
                                 "f8net train configs/fashion-mnist/quickstart.yaml\n"
                                 "f8net train my.yaml --name width-0.5 --set network.width_multiplier=0.5 --tag paper\n"
                                 "f8net train my.yaml --from quickstart:stage:float --epochs 3\n"
                                 "f8net train my.yaml --resume auto",
                                 [options](Context& context) { return train_command(context, *options); });
    app.add_option("CONFIG", options->config, "Experiment (f8net config keys lists what it may say)");
    add_training_options(app, *options);
    app.add_option("--resume", options->resume,
                   "Go on with a run; auto: the newest unfinished one of this name and configuration, else a new one")
        ->option_text("RUN|auto");
    app.add_option("--local-rank,--local_rank", options->local_rank, "Of a rank; default: LOCAL_RANK")
        ->check(count_from_zero())
        ->option_text("N");
    app.add_flag("--detach", options->detach, "Start it in the background and return");
    app.add_flag("--dry-run", options->dry_run, "Check everything and say what would be done");
}

}  // namespace f8net
