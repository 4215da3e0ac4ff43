// SPDX-License-Identifier: Apache-2.0
#include "app/cli/help_formatter.h"

#include <regex>
#include <sstream>

namespace f8net {

namespace {

std::string indented(const std::string& text) {
    std::istringstream lines(text);
    std::string line, result;
    while (std::getline(lines, line)) result += "  " + line + "\n";
    return result;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    std::string full_name = app->get_name();
    const CLI::App* root = app;
    while (root->get_parent()) {
        root = root->get_parent();
        full_name = root->get_name() + " " + full_name;
    }
    (void)name;
    std::string help;
    if (!app->get_footer().empty()) help += "Examples:\n" + indented(app->get_footer()) + "\n";
    help += make_description(app);
    help += make_usage(app, full_name);
    help += make_positionals(app);
    help += make_groups(app, mode);
    help += make_subcommands(app, mode);
    if (app != root)
        help += make_group("Common options", false, root->get_options([](const CLI::Option* option) {
            return option->nonpositional() && option->get_lnames() != std::vector<std::string>{"version"};
        }));
    return help;
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
    static const std::regex number("\\b(U?INT|FLOAT)(:(POSITIVE|NONNEGATIVE|INT|FLOAT))?\\b");
    return std::regex_replace(CLI::Formatter::make_option_opts(option), number, "N");
}

}  // namespace f8net
