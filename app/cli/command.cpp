// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"

#include <CLI/App.hpp>

namespace f8net {

namespace {

CLI::App& add_to(CLI::App& parent, const std::string& name, const std::string& summary, const std::string& examples) {
    CLI::App* app = parent.add_subcommand(name, summary);
    app->footer(examples);
    app->fallthrough();             // the common options may stand behind the command
    app->require_subcommand(0, 1);  // a second word is an argument, never another command
    return *app;
}

}  // namespace

CLI::App& CommandRegistry::add(const std::string& name, const std::string& summary, const std::string& examples,
                               CommandBody body) {
    return add_below(root_, name, summary, examples, std::move(body));
}

CLI::App& CommandRegistry::add_group(const std::string& name, const std::string& summary, const std::string& examples) {
    return add_to(root_, name, summary, examples);
}

CLI::App& CommandRegistry::add_below(CLI::App& group, const std::string& name, const std::string& summary,
                                     const std::string& examples, CommandBody body) {
    CLI::App& app = add_to(group, name, summary, examples);
    bodies_.emplace(&app, std::move(body));
    return app;
}

const CommandBody* CommandRegistry::body(const CLI::App* app) const {
    const auto found = bodies_.find(app);
    return found == bodies_.end() ? nullptr : &found->second;
}

}  // namespace f8net
