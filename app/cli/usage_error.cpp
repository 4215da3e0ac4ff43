// SPDX-License-Identifier: Apache-2.0
#include "app/cli/usage_error.h"

#include <CLI/App.hpp>
#include <algorithm>

#include "core/base/error.h"

namespace f8net {

namespace {

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return names;
}

/// Long options of a command and of all above it: "--store".
std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* at = &app; at; at = at->get_parent()) {
        for (const CLI::Option* option : at->get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
    }
    return names;
}

std::string suggestion(const std::string& nearest) {
    return nearest.empty() ? std::string() : ", did you mean '" + nearest + "'?";
}

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

std::string joined_lines(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

}  // namespace

const CLI::App& parsed_command(const CLI::App& root) {
    const CLI::App* at = &root;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return *at;
}

std::string command_name(const CLI::App& app) {
    return app.get_parent() ? command_name(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

std::string unknown_name(const std::string& option, const std::string& what, const std::string& name,
                         const std::vector<std::string>& known) {
    return option + ": unknown " + what + " '" + name + "'" + suggestion(nearest_name(name, known)) +
           " (known: " + listed(known) + ")";
}

std::string missing_command_message(const CLI::App& app) {
    return command_name(app) + " needs a command: " + listed(command_names(app)) + "; see " + command_name(app) +
           " --help";
}

std::string usage_message(const CLI::App& root, const CLI::ParseError& error) {
    const CLI::App& command = parsed_command(root);
    const std::string see = " (see " + command_name(command) + " --help)";
    const std::vector<std::string> words = root.remaining(true);
    if (!words.empty() && dynamic_cast<const CLI::ExtrasError*>(&error)) {
        const std::string& word = words.front();
        if (word.starts_with("-")) {
            const std::string name = word.substr(0, word.find('='));
            const std::vector<std::string> known = option_names(command);
            if (std::find(known.begin(), known.end(), name) != known.end()) {
                return "unexpected argument '" + word + "': behind -- nothing is an option" + see;
            }
            return "unknown option '" + name + "'" + suggestion(nearest_name(name, known)) + see;
        }
        const std::vector<std::string> commands = command_names(command);
        if (!commands.empty()) {
            return "unknown command '" + word + "'" + suggestion(nearest_name(word, commands)) + see;
        }
        return "unexpected argument '" + word + "'" + see;
    }
    return joined_lines(error.what()) + see;
}

}  // namespace f8net
