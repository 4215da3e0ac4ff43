// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/json.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_file.h"
#include "core/config/authors_keys.h"
#include "core/config/experiment_document.h"

namespace f8net {

namespace {

struct Options {
    std::string file, output;
    bool show_origin = false, authors = false, as_markdown = false;
};

ExperimentDocument load(Context& context, const Options& options) {
    const std::vector<Setting> settings = context.settings();
    ExperimentDocument document = load_experiment(options.file, settings);
    for (const ConfigNote& note : document.notes) context.console.note(note.origin.to_string() + ": " + note.message);
    return document;
}

ExitCode check(Context& context, const Options& options) {
    const ExperimentDocument document = load(context, options);
    const auto stages = document.experiment.resolved_stages();
    if (context.options.json) {
        Json names = Json::array(), notes = Json::array();
        for (const ResolvedStage& stage : stages) names.push_back(stage.name);
        for (const ConfigNote& note : document.notes) {
            notes.push_back({{"origin", note.origin.to_string()}, {"message", note.message}});
        }
        print_json(context.console, {{"file", options.file},
                                     {"name", document.experiment.name},
                                     {"vocabulary", document.authors_vocabulary ? "authors" : "f8net"},
                                     {"stages", names},
                                     {"notes", notes}});
    } else {
        context.console.print(options.file + ": fine (" + document.experiment.name + ", " +
                              std::to_string(stages.size()) + (stages.size() == 1 ? " stage)\n" : " stages)\n"));
    }
    return ExitCode::kOk;
}

/// "a.yaml:14:3", with what it is called there where that is another name.
std::string place_of(const OptionEntry& entry) {
    const Origin& origin = entry.origin;
    return origin.to_string() + (origin.key.empty() ? "" : " " + origin.key);
}

ExitCode show(Context& context, const Options& options) {
    const ExperimentDocument document = load(context, options);
    if (context.options.json) {
        Json entries = Json::array();
        for (const OptionEntry& entry : document.entries()) {
            entries.push_back({{"key", entry.row->key},
                               {"stage", or_null(entry.stage)},
                               {"value", entry.text},
                               {"origin", entry.origin.to_string()},
                               {"authors_key", or_null(entry.origin.key)},
                               {"is_default", entry.is_default}});
        }
        print_json(context.console, {{"file", options.file}, {"options", entries}});
    } else if (options.show_origin) {
        TextTable table{"key", "value", "from"};
        for (const OptionEntry& entry : document.entries()) {
            const std::string key =
                entry.stage.empty() ? entry.row->key : "stages." + entry.stage + "." + entry.row->key;
            table.add_row({key, entry.text, place_of(entry)});
        }
        context.console.print(table.text());
    } else {
        context.console.print(to_yaml(document.experiment, YamlDetail::kEverything));
    }
    return ExitCode::kOk;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// As a table of Markdown, for documents.
std::string markdown(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows) {
    const auto line = [](const std::vector<std::string>& cells) {
        std::string text = "|";
        for (const std::string& cell : cells) text += " " + cell + " |";
        return text + "\n";
    };
    std::string text = line(headings) + line(std::vector<std::string>(headings.size(), "---"));
    for (const auto& row : rows) text += line(row);
    return text;
}

void print_table(Context& context, const Options& options, const std::vector<std::string>& headings,
                 const std::vector<std::vector<std::string>>& rows) {
    if (options.as_markdown) return context.console.print(markdown(headings, rows));
    TextTable table(headings);
    for (const auto& row : rows) table.add_row(row);
    context.console.print(table.text());
}

ExitCode show_authors_keys(Context& context, const Options& options) {
    Json document = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const AuthorsKey& row : authors_keys()) {
        const std::string how = row.effect == AuthorsKeyEffect::kDirect ? "the same value" : row.how;
        document.push_back({{"key", row.key}, {"options", row.options()}, {"how", how}});
        rows.push_back({row.key, joined(row.options()), how});
    }
    if (context.options.json) {
        print_json(context.console, {{"keys", document}});
    } else {
        print_table(context, options, {"authors' key", "here", "how"}, rows);
    }
    return ExitCode::kOk;
}

ExitCode keys(Context& context, const Options& options) {
    if (options.authors) return show_authors_keys(context, options);
    Json document = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const OptionRow& row : option_table()) {
        const std::vector<std::string> authors = authors_keys_of(row.key);
        document.push_back({{"key", row.key},
                            {"type", to_string(row.type)},
                            {"default", format_value(row.default_value())},
                            {"allowed", row.allowed()},
                            {"unit", or_null(row.unit)},
                            {"variable", row.environment_name()},
                            {"authors_keys", authors},
                            {"help", row.help}});
        rows.push_back({row.key, format_value(row.default_value()), row.allowed(), joined(authors), row.help});
    }
    if (context.options.json) {
        print_json(context.console, {{"keys", document}});
    } else {
        print_table(context, options, {"key", "default", "allowed", "authors' keys", "help"}, rows);
    }
    return ExitCode::kOk;
}

/// What the file says in our words, with what it said beside that as comments.
std::string converted(const ExperimentDocument& document, const std::string& file) {
    std::string yaml =
        "# Converted from " + std::filesystem::path(file).filename().string() + " by f8net config convert.\n";
    for (const ConfigNote& note : document.notes) {
        yaml += "# line " + std::to_string(note.origin.line) + ": " + note.message + "\n";
    }
    return yaml + to_yaml(document.experiment, YamlDetail::kChanged);
}

ExitCode convert(Context& context, const Options& options) {
    const ExperimentDocument document = load(context, options);
    const std::string yaml = converted(document, options.file);
    if (options.output.empty()) {
        if (context.options.json) {
            print_json(context.console, {{"file", options.file}, {"yaml", yaml}});
        } else {
            context.console.print(yaml);
        }
    } else {
        write_text_file(options.output, yaml);
        context.console.note("wrote " + options.output);
        if (context.options.json) print_json(context.console, {{"file", options.output}});
    }
    return ExitCode::kOk;
}

}  // namespace

void add_config_commands(CommandRegistry& registry) {
    CLI::App& group = registry.add_group("config", "Check, show and convert experiment files",
                                         "f8net config check my.yaml\nf8net config show my.yaml --origin\n"
                                         "f8net config keys");
    const auto options = std::make_shared<Options>();
    const auto with_file = [&](const char* name, const char* summary, const char* example, auto body) -> CLI::App& {
        CLI::App& app = registry.add_below(group, name, summary, example,
                                           [options, body](Context& context) { return body(context, *options); });
        app.add_option("FILE", options->file, "An experiment, in our vocabulary or the authors'")->required();
        return app;
    };
    with_file("check", "Is the file right? Says place, key and what is allowed where it is not",
              "f8net config check configs/fashion-mnist/quickstart.yaml", check);
    with_file("show", "Every option with its value after file, environment and --set",
              "f8net config show my.yaml --origin\nf8net config show my.yaml --set optimizer.lr=0.05", show)
        .add_flag("--origin", options->show_origin, "Where each value comes from");
    with_file("convert", "The authors' flat vocabulary to ours", "f8net config convert theirs.yml -o ours.yaml",
              convert)
        .add_option("-o,--output", options->output, "File to write; default: standard output");
    CLI::App& app = registry.add_below(group, "keys", "All keys with default, range, the authors' counterpart and help",
                                       "f8net config keys\nf8net config keys --authors",
                                       [options](Context& context) { return keys(context, *options); });
    app.add_flag("--authors", options->authors, "The keys of the authors' files, and what they set here");
    app.add_flag("--markdown", options->as_markdown, "As a table of Markdown");
}

}  // namespace f8net
