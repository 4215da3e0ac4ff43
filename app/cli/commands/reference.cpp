// SPDX-License-Identifier: Apache-2.0
// What the program says of itself to man and to shells: `manual` and `complete`.
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/json.h"
#include "app/cli/reference/completion.h"
#include "app/cli/reference/man_page.h"
#include "core/base/atomic_file.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

struct Options {
    std::string folder;
    std::vector<std::string> words;
};

ExitCode write_manual(Context& context, const CLI::App& root, const Options& options) {
    std::filesystem::create_directories(options.folder);
    Json files = Json::array();
    for (const auto& [name, text] : man_pages(describe(root))) {
        const std::string path = (std::filesystem::path(options.folder) / name).string();
        write_text_file(path, text);
        files.push_back(path);
    }
    context.console.note("wrote " + std::to_string(files.size()) + " man pages into " + options.folder);
    if (context.options.json) print_json(context.console, {{"files", files}});
    return ExitCode::kOk;
}

/// Nothing where the store cannot be read: who types is not to be told of it in the middle of a line.
std::vector<std::string> run_names(const std::string& store_path) {
    std::vector<std::string> names;
    try {
        const RunStore store(store_path, RunStore::Mode::kReadOnly);
        for (const RunSummary& run : RunReader(store).list().runs) names.push_back(run.name);
    } catch (const Error&) {
    }
    return names;
}

ExitCode print_completion(Context& context, const CLI::App& root, const Options& options) {
    const Completion completion = complete(describe(root), options.words, [&context](const std::string& store) {
        return run_names(store.empty() ? context.options.store : store);
    });
    std::string text;
    for (const Candidate& candidate : completion.candidates) {
        text += candidate.text + (candidate.help.empty() ? "" : "\t" + candidate.help) + "\n";
    }
    if (completion.wants_files) text += ":files\n";
    if (completion.wants_folders) text += ":folders\n";
    context.console.print(text);
    return ExitCode::kOk;
}

}  // namespace

void add_reference_commands(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    const CLI::App& root = registry.root();
    CLI::App& manual =
        registry.add("manual", "Write the man pages", "f8net manual man1 && man man1/f8net-train.1",
                     [options, &root](Context& context) { return write_manual(context, root, *options); });
    manual.add_option("DIR", options->folder, "Folder to write them into")->required();

    CLI::App& completion =
        registry.add("complete", "What could stand next on a command line (for completions of shells)",
                     "f8net complete -- evaluate qu\nf8net complete -- export quickstart --to \"\"",
                     [options, &root](Context& context) { return print_completion(context, root, *options); });
    completion.add_option("WORD", options->words, "Words behind the program's name; the last one is being typed");
    completion.group("");  // asked by scripts: not in the list of commands
}

}  // namespace f8net
