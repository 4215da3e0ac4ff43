// SPDX-License-Identifier: Apache-2.0
/// What the command line can be told, as data: taken from the parser's own table of commands and options, so that man
/// pages and completions never say anything else than `--help`.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace f8net {

/// What a value is, for completion.
enum class ValueKind { kNone, kText, kChoice, kFile, kFolder, kSubject, kKey };

struct OptionReference {
    std::vector<std::string> names;  ///< "-o", "--output"; of a positional its name: "SUBJECT"
    std::string value;               ///< "FILE"; empty for flags
    std::string help;                ///< one sentence
    std::string environment;         ///< variable that sets it, too; empty where there is none
    std::vector<std::string> choices;
    ValueKind kind = ValueKind::kNone;
    bool is_repeatable = false, is_required = false;
};

struct CommandReference {
    std::string name;  ///< "f8net runs list"
    std::string word;  ///< "list"
    std::string summary;
    std::vector<std::string> examples;
    std::vector<OptionReference> positionals, options;
    std::vector<CommandReference> commands;  ///< below this one, in the order of --help
};

/// The program and everything below it. Common options stand at the root alone.
CommandReference describe(const CLI::App& root);

}  // namespace f8net
