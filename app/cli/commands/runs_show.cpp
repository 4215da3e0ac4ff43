// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands/runs_show.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <set>

#include "app/cli/command.h"
#include "app/cli/run_json.h"
#include "app/cli/text_table.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

struct Options {
    std::vector<std::string> words;
    std::string run;
    bool trash = false, all = false;
    int limit = 0;
};

std::string percent_or_dash(const std::optional<double>& share) {
    return share ? format_percent(*share) : "-";
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

RunStore open_for_reading(Context& context) {
    RunStore store(context.options.store, RunStore::Mode::kReadOnly);
    if (!store.newer_version_message().empty()) context.console.warning(store.newer_version_message());
    return store;
}

ExitCode list(Context& context, const Options& options) {
    const RunStore store = open_for_reading(context);
    RunListOptions query;
    query.filter = RunFilter(options.words);
    if (options.trash) query.trash = RunListOptions::Trash::kOnly;
    query.limit = options.limit;
    const RunList list = RunReader(store).list(query);
    if (context.options.json) {
        Json runs = Json::array();
        for (const RunSummary& run : list.runs) runs.push_back(to_json(run));
        print_json(context.console, {{"runs", runs}});
        return ExitCode::kOk;
    }
    TextTable table{"id", "name", "state", ">epoch", ">best", ">8 bit", "created", "tags"};
    for (const RunSummary& run : list.runs) {
        table.add_row({run.id.text(), run.name, to_string(run.state),
                       fmt::format("{}/{}", run.epoch.value, run.total_epochs.value), percent_or_dash(run.best_top1),
                       percent_or_dash(run.integer_top1), format_time(run.created_at), joined(run.tags)});
    }
    if (table.empty()) {
        context.console.note(query.filter.empty() ? "no runs in " + store.path() : "no run matches");
    } else {
        context.console.print(table.text());
    }
    return ExitCode::kOk;
}

Json formats_json(const std::vector<LayerFormatReport>& formats) {
    Json rows = Json::array();
    for (const LayerFormatReport& format : formats) {
        rows.push_back({{"layer", format.layer},
                        {"input_format", format.input_format.to_string()},
                        {"weight_format", format.weight_format.to_string()},
                        {"clip_level", format.clip_level},
                        {"input_clipped_share", format.input_clipped_share},
                        {"input_zero_share", format.input_zero_share},
                        {"input_sqnr_db", format.input_sqnr_db},
                        {"weight_sqnr_db", format.weight_sqnr_db}});
    }
    return rows;
}

void print_run(Context& context, const RunReader& reader, const RunRecord& run) {
    TextTable facts{"run", run.id.text()};
    facts.add_row({"name", run.name});
    facts.add_row({"state", to_string(run.state) + (run.message.empty() ? "" : ": " + run.message)});
    facts.add_row({"experiment", run.config_path});
    facts.add_row({"network", run.model});
    facts.add_row({"data", run.dataset});
    facts.add_row({"progress", fmt::format("epoch {}/{}, step {}/{}", run.epoch.value, run.total_epochs.value,
                                           run.step.value, run.total_steps.value)});
    facts.add_row({"best top-1", percent_or_dash(run.best_top1) + fmt::format(" (epoch {})", run.best_epoch.value)});
    facts.add_row({"created", format_time(run.created_at)});
    facts.add_row({"duration", format_duration(run.duration_seconds)});
    if (!run.tags.empty()) facts.add_row({"tags", joined(run.tags)});
    if (!run.note.empty()) facts.add_row({"note", run.note});
    if (run.parent) facts.add_row({"parent", run.parent->text() + " " + run.parent_checkpoint});
    facts.add_row({"folder", run.folder});
    context.console.print(facts.text());

    TextTable evaluations{"mode", "split", ">images", ">top-1", "checkpoint"};
    for (const EvaluationRecord& e : reader.evaluations(run.id)) {
        evaluations.add_row({e.mode, e.split, std::to_string(e.images), format_percent(e.top1), e.checkpoint});
    }
    if (!evaluations.empty()) context.console.print("\n" + evaluations.text());
    TextTable files{"file", "role", ">size"};
    for (const ArtifactRecord& a : reader.artifacts(run.id)) {
        files.add_row({a.path, a.role, format_bytes(a.size_bytes)});
    }
    if (!files.empty()) context.console.print("\n" + files.text());
}

ExitCode show(Context& context, const Options& options) {
    const RunStore store = open_for_reading(context);
    const RunReader reader(store);
    const RunRecord run = reader.run(reader.find(options.run));
    if (!context.options.json) {
        print_run(context, reader, run);
        return ExitCode::kOk;
    }
    Json document = to_json(run);
    Json artifacts = Json::array(), evaluations = Json::array(), events = Json::array();
    for (const ArtifactRecord& artifact : reader.artifacts(run.id)) artifacts.push_back(to_json(artifact));
    for (const EvaluationRecord& evaluation : reader.evaluations(run.id)) evaluations.push_back(to_json(evaluation));
    for (const EventRecord& event : reader.last_events(run.id, 100)) {
        events.push_back({{"time", event.time},
                          {"level", to_string(event.event.level)},
                          {"kind", event.event.kind},
                          {"message", event.event.message}});
    }
    Json metrics = Json::object();
    for (const MetricSummary& metric : reader.metrics(run.id)) {
        metrics[metric.name] = {{"points", metric.num_points},
                                {"last", metric.last},
                                {"minimum", metric.minimum},
                                {"maximum", metric.maximum}};
    }
    document["artifacts"] = artifacts;
    document["evaluations"] = evaluations;
    document["metrics"] = metrics;
    document["formats"] = formats_json(reader.formats(run.id));
    document["events"] = events;
    // The runs command promises {runs:[...]} whatever the subcommand.
    print_json(context.console, {{"runs", Json::array({document})}});
    return ExitCode::kOk;
}

/// Results first, then the options in which the runs differ (all of them with --all).
ExitCode compare(Context& context, const Options& options) {
    const RunStore store = open_for_reading(context);
    const RunReader reader(store);
    std::vector<RunRecord> runs;
    for (const std::string& name : options.words) runs.push_back(reader.run(reader.find(name)));
    std::set<std::string> keys;
    for (const RunRecord& run : runs) {
        for (const auto& [key, value] : run.config_values) keys.insert(key);
    }
    const auto value_of = [](const RunRecord& run, const std::string& key) {
        const auto found = run.config_values.find(key);
        return found == run.config_values.end() ? std::string("-") : found->second;
    };
    Json documents = Json::array(), differences = Json::object();
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const std::string& name, auto text) {
        std::vector<std::string> row{name};
        for (const RunRecord& run : runs) row.push_back(text(run));
        rows.push_back(std::move(row));
    };
    add("id", [](const RunRecord& run) { return run.id.text(); });
    add("state", [](const RunRecord& run) { return to_string(run.state); });
    add("best top-1", [](const RunRecord& run) { return percent_or_dash(run.best_top1); });
    add("float top-1", [](const RunRecord& run) { return percent_or_dash(run.float_top1); });
    add("fake-quant top-1", [](const RunRecord& run) { return percent_or_dash(run.fixed_top1); });
    add("integer-only top-1", [](const RunRecord& run) { return percent_or_dash(run.integer_top1); });
    add("duration", [](const RunRecord& run) { return format_duration(run.duration_seconds); });
    for (const std::string& key : keys) {
        bool differs = false;
        for (const RunRecord& run : runs) differs = differs || value_of(run, key) != value_of(runs.front(), key);
        if (differs || options.all) add(key, [&](const RunRecord& run) { return value_of(run, key); });
        if (!differs) continue;
        Json values = Json::array();
        for (const RunRecord& run : runs) values.push_back(value_of(run, key));
        differences[key] = std::move(values);
    }
    if (context.options.json) {
        for (const RunRecord& run : runs) documents.push_back(to_json(static_cast<const RunSummary&>(run)));
        print_json(context.console, {{"runs", documents}, {"differences", differences}});
        return ExitCode::kOk;
    }
    std::vector<std::string> headings{""};
    for (const RunRecord& run : runs) headings.push_back(run.name);
    TextTable table(headings);
    for (auto& row : rows) table.add_row(std::move(row));
    context.console.print(table.text());
    return ExitCode::kOk;
}

}  // namespace

void add_runs_show_commands(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& list_app = registry.add_below(group, "list", "Runs, newest first; words filter as in the workbench",
                                            "f8net runs list\nf8net runs list state:finished tag:paper 'top1>=0.88'",
                                            [options](Context& context) { return list(context, *options); });
    list_app.add_option("WORDS", options->words,
                        "text, state:running, tag:paper, top1>=0.9, optimizer.lr<0.1; behind --: -not");
    list_app.add_flag("--trash", options->trash, "Those in the trash");
    list_app.add_option("--limit", options->limit, "At most so many")->check(CLI::NonNegativeNumber);
    registry
        .add_below(group, "show", "One run: what it did and what it left", "f8net runs show quickstart",
                   [options](Context& context) { return show(context, *options); })
        .add_option("RUN", options->run, "Id, unique prefix or unique name")
        ->required();
    CLI::App& compare_app = registry.add_below(
        group, "compare", "Runs beside each other: results and where they differ", "f8net runs compare quickstart 0k3f",
        [options](Context& context) { return compare(context, *options); });
    compare_app.add_option("RUN", options->words, "Two or more")->required()->expected(2, 100);
    compare_app.add_flag("--all", options->all, "Options that are equal, too");
}

}  // namespace f8net
