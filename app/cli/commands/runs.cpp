// SPDX-License-Identifier: Apache-2.0
// The store from a shell: what changes runs. Listing, showing and comparing are in runs_show.cpp.
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/commands/runs_exchange.h"
#include "app/cli/commands/runs_show.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_folder.h"
#include "core/exchange/run_json.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/store/store_backup.h"

namespace f8net {

namespace {

struct Options {
    std::vector<std::string> runs;  ///< names or ids
    std::string run, text;
    bool remove = false;
    double days = 30;
};

/// Does `change` to each run named; all names are looked up before the first one is touched.
ExitCode change_runs(Context& context, const std::vector<std::string>& names, const std::string& done,
                     const std::function<void(RunStore&, const RunId&)>& change) {
    RunStore store(context.options.store, RunStore::Mode::kReadWrite);
    const RunReader reader(store);
    std::vector<RunId> ids;
    for (const std::string& name : names) ids.push_back(reader.find(name));
    Json runs = Json::array();
    for (const RunId& id : ids) {
        change(store, id);
        const RunRecord run = reader.run(id);
        runs.push_back(to_json(static_cast<const RunSummary&>(run)));
        context.console.note(run.id.text() + " (" + run.name + "): " + done);
    }
    if (context.options.json) print_json(context.console, {{"runs", runs}});
    return ExitCode::kOk;
}

ExitCode collect(Context& context, const Options& options) {
    RunStore store(context.options.store, RunStore::Mode::kReadWrite);
    constexpr double kSecondsPerDay = 86'400;
    const std::vector<RunId> purged = store.purge_trash(now_seconds() - options.days * kSecondsPerDay);
    Json ids = Json::array();
    for (const RunId& id : purged) ids.push_back(id.text());
    context.console.note(std::to_string(purged.size()) + " runs removed for good");
    if (context.options.json) print_json(context.console, {{"runs", Json::array()}, {"removed", ids}});
    return ExitCode::kOk;
}

ExitCode back_up(Context& context, const Options& options) {
    const std::string& store = context.options.store;
    back_up_store(store, options.text);
    const int64_t bytes = size_on_disk(options.text);
    context.console.note("wrote " + options.text + " (" + format_bytes(bytes) +
                         "); checkpoints and other files of runs " + "are in " +
                         (std::filesystem::path(store).parent_path() / "runs").string() + ": copy that folder, too");
    if (context.options.json)
        print_json(context.console, {{"runs", Json::array()}, {"path", options.text}, {"bytes", bytes}});
    return ExitCode::kOk;
}

}  // namespace

void add_runs_commands(CommandRegistry& registry) {
    CLI::App& group = registry.add_group("runs", "The store of runs: list, show, compare, change",
                                         "f8net runs list state:finished top1>=0.88\n"
                                         "f8net runs show quickstart\n"
                                         "f8net runs compare quickstart other");
    add_runs_show_commands(registry, group);
    add_runs_exchange_commands(registry, group);

    const auto options = std::make_shared<Options>();
    const auto with_runs = [&](const char* name, const char* summary, const char* example, const char* done,
                               auto change) -> CLI::App& {
        CLI::App& app = registry.add_below(group, name, summary, example, [options, done, change](Context& context) {
            return change_runs(context, options->runs, done,
                               [&](RunStore& store, const RunId& id) { change(store, id, *options); });
        });
        app.add_option("RUN", options->runs, "Id, unique prefix or unique name")->required();
        return app;
    };
    const auto with_text = [&](const char* name, const char* summary, const char* example, const char* done,
                               const char* text, auto change) -> CLI::App& {
        CLI::App& app = registry.add_below(group, name, summary, example, [options, done, change](Context& context) {
            return change_runs(context, {options->run}, done,
                               [&](RunStore& store, const RunId& id) { change(store, id, *options); });
        });
        app.add_option("RUN", options->run, "Id, unique prefix or unique name")->required();
        app.add_option(text, options->text)->required();
        return app;
    };
    with_text("rename", "Give a run another name", "f8net runs rename 0k3f width-0.5", "renamed", "NAME",
              [](RunStore& store, const RunId& id, const Options& o) { store.rename(id, o.text); });
    with_text("tag", "Add a tag, or with --remove take it away", "f8net runs tag quickstart paper", "done", "TAG",
              [](RunStore& store, const RunId& id, const Options& o) {
                  if (o.remove) {
                      store.remove_tag(id, o.text);
                  } else {
                      store.add_tag(id, o.text);
                  }
              })
        .add_flag("--remove", options->remove, "Take the tag away");
    with_text("note", "Write a note; an empty one removes it", "f8net runs note quickstart 'first try'", "noted",
              "TEXT", [](RunStore& store, const RunId& id, const Options& o) { store.set_note(id, o.text); });
    with_runs("stop", "Ask a run to stop: it finishes the step and saves", "f8net runs stop quickstart",
              "asked to stop",
              [](RunStore& store, const RunId& id, const Options&) { store.request(id, RunRequest::kStop); });
    with_runs("checkpoint", "Ask a run to save now and go on", "f8net runs checkpoint quickstart", "asked to save",
              [](RunStore& store, const RunId& id, const Options&) { store.request(id, RunRequest::kCheckpoint); });
    with_runs("delete", "Into the trash; gc removes it for good, restore brings it back", "f8net runs delete 0k3f",
              "in the trash", [](RunStore& store, const RunId& id, const Options&) { store.trash(id); });
    with_runs("restore", "Back from the trash", "f8net runs restore 0k3f", "restored",
              [](RunStore& store, const RunId& id, const Options&) { store.restore(id); });
    registry
        .add_below(group, "gc", "Remove for good, with their folders, runs long in the trash",
                   "f8net runs gc --days 7\nf8net runs gc --days 0",
                   [options](Context& context) { return collect(context, *options); })
        .add_option("--days", options->days, "Only what has been in the trash for so long; default: 30")
        ->check(number_from_zero());
    registry
        .add_below(group, "backup", "Copy the store's file while runs write to it", "f8net runs backup runs-monday.db",
                   [options](Context& context) { return back_up(context, *options); })
        .add_option("FILE", options->text, "File to write; it must not be there yet")
        ->required();
}

}  // namespace f8net
