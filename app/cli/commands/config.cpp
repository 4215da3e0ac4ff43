// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/json.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_file.h"
#include "core/config/experiment_document.h"

namespace f8net {

namespace {

struct Options {
    std::string file, output;
    bool show_origin = false;
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

ExitCode show(Context& context, const Options& options) {
    const ExperimentDocument document = load(context, options);
    if (context.options.json) {
        Json entries = Json::array();
        for (const OptionEntry& entry : document.entries()) {
            entries.push_back({{"key", entry.row->key},
                               {"stage", or_null(entry.stage)},
                               {"value", entry.text},
                               {"origin", entry.origin.to_string()},
                               {"is_default", entry.is_default}});
        }
        print_json(context.console, {{"file", options.file}, {"options", entries}});
    } else if (options.show_origin) {
        TextTable table{"key", "value", "from"};
        for (const OptionEntry& entry : document.entries()) {
            const std::string key =
                entry.stage.empty() ? entry.row->key : "stages." + entry.stage + "." + entry.row->key;
            table.add_row({key, entry.text, entry.origin.to_string()});
        }
        context.console.print(table.text());
    } else {
        context.console.print(to_yaml(document.experiment, YamlDetail::kEverything));
    }
    return ExitCode::kOk;
}

ExitCode keys(Context& context) {
    if (context.options.json) {
        Json rows = Json::array();
        for (const OptionRow& row : option_table()) {
            rows.push_back({{"key", row.key},
                            {"type", to_string(row.type)},
                            {"default", format_value(row.default_value())},
                            {"allowed", row.allowed()},
                            {"unit", or_null(row.unit)},
                            {"variable", row.environment_name()},
                            {"help", row.help}});
        }
        print_json(context.console, {{"keys", rows}});
        return ExitCode::kOk;
    }
    TextTable table{"key", "default", "allowed", "help"};
    for (const OptionRow& row : option_table()) {
        table.add_row({row.key, format_value(row.default_value()), row.allowed(), row.help});
    }
    context.console.print(table.text());
    return ExitCode::kOk;
}

ExitCode convert(Context& context, const Options& options) {
    const ExperimentDocument document = load(context, options);
    const std::string yaml = to_yaml(document.experiment, YamlDetail::kChanged);
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
    registry.add_below(group, "keys", "All keys with type, default, range and help", "f8net config keys", keys);
}

}  // namespace f8net
