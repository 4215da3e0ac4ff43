// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands/runs_exchange.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/json.h"
#include "app/cli/signals.h"
#include "app/cli/text_table.h"
#include "app/cli/usage_error.h"
#include "core/exchange/export_runs.h"
#include "core/exchange/import_runs.h"
#include "core/exchange/run_json.h"
#include "core/store/run_reader.h"

namespace f8net {

namespace {

struct Options {
    std::vector<std::string> runs;  ///< names or ids
    std::string format, output, source;
};

RunFormat parse_format(const std::string& text) {
    std::vector<std::string> names;
    for (const RunFormat format : run_formats()) {
        names.push_back(to_string(format));
        if (names.back() == text) return format;
    }
    throw ConfigError(unknown_name("--to", "format", text, names));
}

/// Signals stop it, a line says how far it is.
class FollowedWork {
public:
    FollowedWork(Context& context, const std::string& what) : console_(context.console), signals_(stop_) {
        work.stop = &stop_;
        work.progress = [this, what](double share) {
            console_.transient(fmt::format("{}: {:.0f} %", what, 100 * share));
        };
    }
    ~FollowedWork() { console_.clear_transient(); }
    FollowedWork(const FollowedWork&) = delete;
    FollowedWork& operator=(const FollowedWork&) = delete;

    Work work;

private:
    Console& console_;
    StopToken stop_;
    SignalRequests signals_;
};

ExitCode export_chosen(Context& context, const Options& options) {
    const RunFormat format = parse_format(options.format);
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    if (!store.newer_version_message().empty()) context.console.warning(store.newer_version_message());
    const RunReader reader(store);
    std::vector<RunId> ids;
    for (const std::string& name : options.runs) ids.push_back(reader.find(name));
    RunExport done;
    {
        const FollowedWork followed(context, "export");
        done = export_runs(store, ids, format, options.output, followed.work);
    }
    context.console.note(
        fmt::format("wrote {} ({}, {} points of metrics)",
                    done.files.size() == 1 ? done.files.front() : fmt::format("{} files", done.files.size()),
                    format_bytes(done.bytes), done.points));
    if (context.options.json) {
        Json runs = Json::array();
        for (const RunId& id : ids) runs.push_back(to_json(static_cast<const RunSummary&>(reader.run(id))));
        print_json(context.console, {{"runs", runs},
                                     {"format", options.format},
                                     {"path", options.output},
                                     {"files", done.files},
                                     {"points", done.points},
                                     {"bytes", done.bytes}});
    }
    return ExitCode::kOk;
}

ExitCode import_chosen(Context& context, const Options& options) {
    RunTransfer done;
    {
        const FollowedWork followed(context, "import");
        done = import_runs(context.options.store, options.source, options.runs, followed.work);
    }
    const RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    Json runs = Json::array(), left_out = Json::array(), renamed = Json::object();
    for (const TransferredRun& run : done.runs) {
        runs.push_back(to_json(static_cast<const RunSummary&>(reader.run(run.to))));
        context.console.note(run.to.text() + " (" + run.name + "): imported");
        if (run.to == run.from) continue;
        renamed[run.from.text()] = run.to.text();
        context.console.warning("the id " + run.from.text() + " was taken already; the imported run is " +
                                run.to.text());
    }
    for (const RunSummary& run : done.left_out) {
        left_out.push_back(run.id.text());
        context.console.warning(run.id.text() + " (" + run.name + ") is being trained and was left out");
    }
    if (done.runs.empty()) context.console.note("no runs in " + options.source);
    if (context.options.json) {
        print_json(context.console, {{"runs", runs}, {"left_out", left_out}, {"new_ids", renamed}});
    }
    return ExitCode::kOk;
}

}  // namespace

void add_runs_exchange_commands(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& exported =
        registry.add_below(group, "export", "Hand runs to other programs: metrics, or all of a run",
                           "f8net runs export quickstart --to csv -o metrics.csv\n"
                           "f8net runs export quickstart other --to json -o runs.json\n"
                           "f8net runs export quickstart other --to tensorboard -o logs && tensorboard --logdir logs",
                           [options](Context& context) { return export_chosen(context, *options); });
    exported.add_option("RUN", options->runs, "Id, unique prefix or unique name")->required();
    exported
        .add_option("--to", options->format,
                    "csv (every point of every metric, one a line), json (all of a run; runs import reads it), "
                    "tensorboard (event files)")
        ->required()
        ->option_text("FORMAT");
    exported
        .add_option("-o,--output", options->output,
                    "File to write, with all runs; a folder (one that is there, or ends in /) gets a file for each; "
                    "tensorboard: folder that gets a folder for each")
        ->required()
        ->option_text("PATH");

    CLI::App& imported =
        registry.add_below(group, "import", "Take runs from another store, or from files of other programs",
                           "f8net runs import /mnt/server/runs.db quickstart\n"
                           "f8net runs import runs.json\n"
                           "f8net runs import metrics.csv\n"
                           "f8net runs import ~/tensorflow/logs",
                           [options](Context& context) { return import_chosen(context, *options); });
    imported
        .add_option("PATH", options->source,
                    "Another run store, JSON of runs export, a table (CSV) of metrics, TensorBoard's event file or "
                    "folder")
        ->required();
    imported.add_option("RUN", options->runs, "Of its runs only these: id, unique prefix or unique name");
}

}  // namespace f8net
