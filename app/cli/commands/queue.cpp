// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/detached_process.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/queue_runner.h"
#include "app/cli/subject.h"
#include "app/cli/text_table.h"
#include "app/cli/training_run.h"
#include "core/exchange/run_json.h"
#include "core/run/experiment_mapping.h"
#include "core/store/liveness.h"
#include "core/store/queue_lease.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

Json runner_json(const std::optional<QueueRunner>& runner) {
    if (!runner) return nullptr;
    return {{"pid", runner->owner.pid},
            {"host", runner->owner.host},
            {"started", json_time(runner->started_at)},
            {"run", runner->run ? Json(runner->run->text()) : Json(nullptr)},
            {"ending", runner->is_ending}};
}

/// The document of every command of the queue, with what else a command has to say.
Json queue_json(const RunReader& reader) {
    Json queue = Json::array();
    for (const RunSummary& run : reader.queue()) {
        Json entry = to_json(run);
        entry["position"] = queue.size() + 1;
        queue.push_back(entry);
    }
    return {{"queue", queue}, {"runner", runner_json(reader.queue_runner())}};
}

/// A waiting run is started in another folder, perhaps days later: paths and names must mean then what they mean now.
void pin_places(const Context& context, Experiment& experiment) {
    for (const OptionRow& row : option_table()) {
        if (row.type != OptionType::kPath) continue;
        const std::string path = get_option(experiment, row.key);
        if (path.empty()) continue;
        set_option(experiment, row.key, std::filesystem::absolute(path).lexically_normal().string());
    }
    std::string& from = experiment.training.from;
    if (from.empty()) return;
    if (kind_of_subject(from) == Subject::Kind::kCheckpoint) {
        from = std::filesystem::absolute(from).lexically_normal().string();
    } else if (kind_of_subject(from) == Subject::Kind::kRun) {
        const size_t colon = from.find(':');
        const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
        const RunId run = RunReader(store).find(from.substr(0, colon));
        from = run.text() + (colon == std::string::npos ? "" : from.substr(colon));
    }
}

/// Where the new run starts from; the run may be one that has no checkpoint yet because it waits or trains itself.
StartingPoint starting_point_in_turn(const Context& context, const Experiment& experiment) {
    const std::string& from = experiment.training.from;
    if (!from.empty() && kind_of_subject(from) == Subject::Kind::kRun) {
        const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
        const RunRecord parent = RunReader(store).run(RunId(from.substr(0, from.find(':'))));
        if (parent.state == RunState::kQueued || parent.state == RunState::kRunning) {
            return {{}, parent.id, from.find(':') == std::string::npos ? "best" : from.substr(from.find(':') + 1)};
        }
    }
    StartingPoint start = find_starting_point(context, experiment);
    check_starting_weights(experiment, start);
    return start;
}

NewRun describe_waiting_run(Context& context, TrainOptions options, const std::string& config) {
    options.config = std::filesystem::absolute(config).lexically_normal().string();
    ExperimentDocument document = load_checked_experiment(context, options);
    if (document.experiment.training.test_only) {
        throw ConfigError(config + ": training.test_only is on, which trains nothing; f8net train " + config +
                          " tests at once");
    }
    pin_places(context, document.experiment);
    return describe_run(context, options, document, starting_point_in_turn(context, document.experiment));
}

struct AddOptions {
    TrainOptions training;
    std::vector<std::string> subjects;
    bool first = false;
};

ExitCode add(Context& context, const AddOptions& options) {
    const TrainOptions& t = options.training;
    const bool shapes_a_run = !t.from.empty() || !t.name.empty() || !t.tags.empty() || !t.data.empty() ||
                              t.epochs > 0 || t.batch_size > 0 || t.limit > 0 || !context.settings().empty();
    if (!t.name.empty() && options.subjects.size() > 1) {
        throw ConfigError("--name " + t.name + ": several runs cannot have one name; add them one by one");
    }
    // All is looked at before the first one joins.
    RunStore store(context.options.store, RunStore::Mode::kReadWrite);
    const RunReader reader(store);
    struct Entry {
        std::optional<RunId> run;
        NewRun description;
    };
    std::vector<Entry> entries;
    for (const std::string& subject : options.subjects) {
        switch (kind_of_subject(subject)) {
            case Subject::Kind::kConfig:
                entries.push_back({std::nullopt, describe_waiting_run(context, t, subject)});
                break;
            case Subject::Kind::kRun:
                if (shapes_a_run) {
                    throw ConfigError(subject +
                                      " is a run, which keeps its configuration; the options are for a CONFIG");
                }
                entries.push_back({reader.find(subject), {}});
                break;
            default:
                throw ConfigError(subject + ": expected a CONFIG (*.yaml) or a run of the store");
        }
    }
    RunQueue queue(store);
    Json added = Json::array();
    int64_t place = 1;
    for (const Entry& entry : entries) {
        const RunId id = entry.run ? *entry.run : store.create_run(entry.description, RunStore::Start::kInTurn);
        if (options.first) {
            queue.put(id, place++);
        } else if (entry.run) {
            queue.append(id);
        }
        added.push_back(id.text());
        const RunRecord run = reader.run(id);
        context.console.note(fmt::format("run {} ({}) waits at position {}", id.text(), run.name, run.queue_position));
        if (!context.options.json) context.console.print(id.text() + "\n");
    }
    if (!reader.queue_runner()) context.console.note("no runner is at work: f8net queue run");
    Json document = queue_json(reader);
    document["added"] = added;
    if (context.options.json) print_json(context.console, document);
    return ExitCode::kOk;
}

ExitCode list(Context& context) {
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    if (context.options.json) {
        print_json(context.console, queue_json(reader));
        return ExitCode::kOk;
    }
    TextTable table{">", "id", "name", "experiment", "epoch", "tags"};
    for (const RunSummary& run : reader.queue()) {
        std::string tags;
        for (const std::string& tag : run.tags) tags += (tags.empty() ? "" : ",") + tag;
        table.add_row({std::to_string(run.queue_position), run.id.text(), run.name, run.experiment,
                       fmt::format("{}/{}", run.epoch.value, run.total_epochs.value), tags});
    }
    if (!table.empty()) context.console.print(table.text());
    const auto runner = reader.queue_runner();
    context.console.note(!runner       ? "no runner is at work: f8net queue run"
                         : runner->run ? "run by " + to_string(runner->owner) + ", which trains " +
                                             runner->run->text() + (runner->is_ending ? " and then ends" : "")
                         : runner->is_ending ? "run by " + to_string(runner->owner) + ", which ends"
                                             : "run by " + to_string(runner->owner) + ", which waits");
    return ExitCode::kOk;
}

/// Does something to the queue, then shows it.
ExitCode change(Context& context, const std::function<void(RunQueue&, const RunReader&)>& what) {
    RunStore store(context.options.store, RunStore::Mode::kReadWrite);
    const RunReader reader(store);
    RunQueue queue(store);
    what(queue, reader);
    if (context.options.json) print_json(context.console, queue_json(reader));
    return ExitCode::kOk;
}

struct RunOptions {
    QueueRunnerOptions runner;
    bool detach = false;
};

ExitCode run_detached(Context& context, const QueueRunnerOptions& options) {
    RunStore store(options.store, RunStore::Mode::kReadWrite);  // makes the folder of the log, too
    const RunReader reader(store);
    if (const auto runner = reader.queue_runner()) throw_queue_is_run(store.path(), runner->owner);
    std::vector<std::string> arguments{"queue", "run", "--store", store.path()};
    if (options.until == QueueRunnerOptions::Until::kOneRun) arguments.emplace_back("--once");
    if (options.until == QueueRunnerOptions::Until::kEmpty) arguments.emplace_back("--until-empty");
    const std::string log = std::filesystem::path(store.path()).parent_path().string() + "/queue.log";
    const int64_t pid = start_detached(arguments, log);
    context.console.note(fmt::format("the runner works in the background (process {}), {}", pid, log));
    if (context.options.json) {
        Json document = queue_json(reader);
        document["pid"] = pid;
        document["log"] = log;
        print_json(context.console, document);
    }
    return ExitCode::kOk;
}

ExitCode run(Context& context, const RunOptions& run_options) {
    require_torch_module();
    QueueRunnerOptions options = run_options.runner;
    options.store = std::filesystem::absolute(context.options.store).string();
    if (run_options.detach) return run_detached(context, options);
    context.doing = "running the queue";
    const QueueOutcome outcome = run_queue(options, context.console);
    if (context.options.json) {
        const RunStore store(options.store, RunStore::Mode::kReadOnly);
        const RunReader reader(store);
        Json document = queue_json(reader);
        Json done = Json::array();
        for (const RunId& id : outcome.runs) done.push_back(to_json(static_cast<const RunSummary&>(reader.run(id))));
        document["done"] = done;
        print_json(context.console, document);
    }
    if (outcome.was_stopped) return ExitCode::kStopped;
    return outcome.any_failed ? ExitCode::kAnswerIsNo : ExitCode::kOk;
}

}  // namespace

void add_queue_commands(CommandRegistry& registry) {
    CLI::App& group = registry.add_group("queue", "Runs that wait for their turn, and what starts them",
                                         "f8net queue add configs/fashion-mnist/quickstart.yaml --name first\n"
                                         "f8net queue run\n"
                                         "f8net queue list");

    const auto adding = std::make_shared<AddOptions>();
    CLI::App& add_app =
        registry.add_below(group, "add", "Put new runs of a CONFIG, or stopped and failed runs, into the queue",
                           "f8net queue add configs/fashion-mnist/quickstart.yaml --set optimizer.lr=0.02 --tag lr\n"
                           "f8net queue add a.yaml b.yaml\n"
                           "f8net queue add 0k3f --first",
                           [adding](Context& context) { return add(context, *adding); });
    add_app.add_option("CONFIG|RUN", adding->subjects, "An experiment's file; or a run that goes on where it was")
        ->required();
    add_training_options(add_app, adding->training);
    add_app.add_flag("--first", adding->first, "Before all that wait");

    registry.add_below(group, "list", "What waits, in its order", "f8net queue list",
                       [](Context& context) { return list(context); });

    struct Target {
        std::string run;
        std::vector<std::string> runs;
        int64_t position = 1;
        bool after_run = false;
    };
    const auto target = std::make_shared<Target>();
    CLI::App& move = registry.add_below(
        group, "move", "Give a waiting run another position", "f8net queue move 0k3f 1", [target](Context& context) {
            return change(context, [&](RunQueue& queue, const RunReader& reader) {
                const RunRecord run = reader.run(reader.find(target->run));
                if (run.state != RunState::kQueued || run.queue_position == 0) {
                    throw ConfigError("run " + run.id.text() + " (" + run.name + ") is " + to_string(run.state) +
                                      ", not in the queue; f8net queue add puts it there");
                }
                queue.put(run.id, target->position);
                context.console.note(fmt::format("run {} ({}) waits at position {}", run.id.text(), run.name,
                                                 reader.run(run.id).queue_position));
            });
        });
    move.add_option("RUN", target->run, "Id, unique prefix or unique name")->required();
    move.add_option("POSITION", target->position, "1 is next; past the end: last")->required()->check(count_from_one());

    CLI::App& remove = registry.add_below(group, "remove", "Take runs out of the queue; they are stopped then",
                                          "f8net queue remove 0k3f", [target](Context& context) {
                                              return change(context, [&](RunQueue& queue, const RunReader& reader) {
                                                  std::vector<RunId> ids;
                                                  for (const std::string& name : target->runs)
                                                      ids.push_back(reader.find(name));
                                                  for (const RunId& id : ids) {
                                                      queue.remove(id);
                                                      context.console.note("run " + id.text() + " is out of the queue");
                                                  }
                                              });
                                          });
    remove.add_option("RUN", target->runs, "Id, unique prefix or unique name")->required();

    const auto running = std::make_shared<RunOptions>();
    CLI::App& run_app =
        registry.add_below(group, "run", "Start waiting runs one after another; one such runner a store",
                           "f8net queue run\n"
                           "f8net queue run --until-empty && poweroff\n"
                           "f8net queue run --detach",
                           [running](Context& context) { return run(context, *running); });
    auto* once = run_app.add_flag_callback(
        "--once", [running] { running->runner.until = QueueRunnerOptions::Until::kOneRun; }, "End after one run");
    run_app
        .add_flag_callback(
            "--until-empty", [running] { running->runner.until = QueueRunnerOptions::Until::kEmpty; },
            "End when none is left; default: wait for more")
        ->excludes(once);
    run_app.add_flag("--detach", running->detach, "Start it in the background and return");

    CLI::App& stop = registry.add_below(
        group, "stop", "End the runner: the run it trains saves and stays first in the queue", "f8net queue stop",
        [target](Context& context) {
            return change(context, [&](RunQueue& queue, const RunReader&) {
                const auto request = target->after_run ? RunnerRequest::kStopAfterRun : RunnerRequest::kStopNow;
                if (!queue.ask_runner(request)) throw ConfigError("no runner is at work on this store's queue");
                context.console.note(target->after_run ? "the runner ends after its run"
                                                       : "the runner is asked to end");
            });
        });
    stop.add_flag("--after-run", target->after_run, "Let the run end by itself");
}

}  // namespace f8net
