// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands/runs_show.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <sstream>

#include "app/cli/command.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/comparison/run_comparison.h"
#include "core/exchange/run_json.h"
#include "core/health/run_health.h"
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
    facts.add_row({"best top-1",
                   percent_or_dash(run.best_top1) +
                       (run.best_epoch.value > 0 ? fmt::format(" (epoch {})", run.best_epoch.value) : std::string())});
    facts.add_row({"health", to_text(read_health(reader, run.id))});
    facts.add_row({"created", format_time(run.created_at)});
    facts.add_row({"duration", format_duration(run.duration_seconds)});
    if (!run.tags.empty()) facts.add_row({"tags", joined(run.tags)});
    const char* heading = "note";
    std::istringstream note(run.note);
    for (std::string line; std::getline(note, line); heading = "") facts.add_row({heading, line});
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
    document["health"] = to_text(read_health(reader, run.id));
    document["artifacts"] = artifacts;
    document["evaluations"] = evaluations;
    document["metrics"] = metrics;
    document["formats"] = formats_json(reader.formats(run.id));
    document["events"] = events;
    // The runs command promises {runs:[...]} whatever the subcommand.
    print_json(context.console, {{"runs", Json::array({document})}});
    return ExitCode::kOk;
}

std::string text_of(const ComparedMetric& metric, const std::optional<double>& value) {
    if (!value) return "-";
    switch (metric.unit) {
        case ComparedMetric::Unit::kShare:
            return format_percent(*value);
        case ComparedMetric::Unit::kLoss:
            return format_number(*value);
        case ComparedMetric::Unit::kSeconds:
            return format_duration(*value);
        case ComparedMetric::Unit::kCount:
            return fmt::format("{:.0f}", *value);
    }
    return {};
}

/// "beta against alpha, integer-only: +0.31 points, 95 % interval +0.10 to +0.52 (10000 images): more than chance".
std::string accuracy_sentence(const RunComparison& comparison, size_t run) {
    const ComparedAccuracy& accuracy = *comparison.accuracies[run];
    const auto points = [](double share) { return fmt::format("{:+.2f}", 100 * share); };
    std::string text =
        fmt::format("{} against {}, {}: {} points", comparison.runs[run].name, comparison.runs.front().name,
                    accuracy.mode, points(accuracy.other - accuracy.first));
    if (!accuracy.paired) {
        return text + "; evaluate both on the same images (f8net evaluate) to see whether that is more than chance\n";
    }
    return text + fmt::format(", 95 % interval {} to {} ({} images): {}\n", points(accuracy.paired->interval.low),
                              points(accuracy.paired->interval.high), accuracy.images,
                              accuracy.paired->is_distinguishable() ? "more than chance" : "not distinguishable");
}

Json to_json(const ComparedAccuracy& accuracy) {
    Json document = {{"mode", accuracy.mode},
                     {"first", accuracy.first},
                     {"other", accuracy.other},
                     {"images", accuracy.images},
                     {"difference", accuracy.other - accuracy.first},
                     {"interval", nullptr},
                     {"distinguishable", nullptr}};
    if (accuracy.paired) {
        document["interval"] = {accuracy.paired->interval.low, accuracy.paired->interval.high};
        document["distinguishable"] = accuracy.paired->is_distinguishable();
    }
    return document;
}

Json layers_json(const RunComparison& comparison) {
    Json layers = Json::array();
    for (const ComparedLayer& layer : comparison.layers) {
        Json inputs = Json::array(), weights = Json::array(), sqnr = Json::array();
        for (const auto& report : layer.reports) {
            inputs.push_back(report ? Json(report->input_format.to_string()) : Json(nullptr));
            weights.push_back(report ? Json(report->weight_format.to_string()) : Json(nullptr));
            sqnr.push_back(report ? Json(report->input_sqnr_db) : Json(nullptr));
        }
        layers.push_back(
            {{"name", layer.name}, {"input_formats", inputs}, {"weight_formats", weights}, {"input_sqnr_db", sqnr}});
    }
    return layers;
}

/// Results first, then the options in which the runs differ (all of them with --all).
ExitCode compare(Context& context, const Options& options) {
    const RunStore store = open_for_reading(context);
    const RunReader reader(store);
    std::vector<RunId> ids;
    for (const std::string& name : options.words) ids.push_back(reader.find(name));
    const RunComparison comparison = compare_runs(reader, ids);
    if (context.options.json) {
        Json documents = Json::array(), differences = Json::object(), accuracies = Json::array();
        for (const RunRecord& run : comparison.runs) documents.push_back(to_json(static_cast<const RunSummary&>(run)));
        for (const ComparedOption& option : comparison.options) {
            if (!option.differs) continue;
            Json values = Json::array();
            for (const auto& value : option.values) values.push_back(value.value_or("-"));
            differences[option.key] = std::move(values);
        }
        for (const auto& accuracy : comparison.accuracies) {
            accuracies.push_back(accuracy ? to_json(*accuracy) : Json(nullptr));
        }
        print_json(context.console, {{"runs", documents},
                                     {"differences", differences},
                                     {"accuracies", accuracies},
                                     {"layers", layers_json(comparison)}});
        return ExitCode::kOk;
    }
    std::vector<std::string> headings{""};
    for (const RunRecord& run : comparison.runs) headings.push_back(run.name);
    TextTable table(headings);
    const auto add = [&](const std::string& name, auto text) {
        std::vector<std::string> row{name};
        for (size_t i = 0; i < comparison.runs.size(); ++i) row.push_back(text(i));
        table.add_row(std::move(row));
    };
    add("id", [&](size_t i) { return comparison.runs[i].id.text(); });
    add("state", [&](size_t i) { return to_string(comparison.runs[i].state); });
    for (const ComparedMetric& metric : comparison.metrics) {
        add(metric.name, [&](size_t i) { return text_of(metric, metric.values[i]); });
    }
    add("layers with other formats",
        [&](size_t i) { return i == 0 ? std::string("-") : std::to_string(comparison.layers_with_other_formats(i)); });
    for (const ComparedOption& option : comparison.options) {
        if (option.differs || options.all) add(option.key, [&](size_t i) { return option.values[i].value_or("-"); });
    }
    std::string sentences;
    for (size_t i = 1; i < comparison.runs.size(); ++i) {
        if (comparison.accuracies[i]) sentences += accuracy_sentence(comparison, i);
    }
    context.console.print(table.text() + sentences);
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
    list_app.add_option("--limit", options->limit, "At most so many")->check(count_from_zero());
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
