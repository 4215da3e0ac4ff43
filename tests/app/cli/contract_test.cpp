// SPDX-License-Identifier: Apache-2.0
// docs/cli.md is a promise: its tables are read back and held against the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>

#include <fstream>
#include <regex>
#include <set>

#include "app/cli/command.h"
#include "app/cli/reference/command_reference.h"
#include "core/base/error.h"
#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

using testing::HasSubstr;

/// Of a row ("\\|" is a bar inside a cell).
size_t end_of_first_cell(const std::string& row) {
    size_t end = 1;
    while ((end = row.find('|', end + 1)) != std::string::npos && row[end - 1] == '\\') {
    }
    return end;
}

/// First cells of the table under a heading.
std::vector<std::string> first_cells(const std::string& heading) {
    std::ifstream file(project_file("docs/cli.md"));
    std::vector<std::string> cells;
    std::string line;
    bool is_inside = false;
    while (std::getline(file, line)) {
        if (line.starts_with("## ")) is_inside = line == "## " + heading;
        if (!is_inside || !line.starts_with("| ") || line.starts_with("| ---")) continue;
        cells.push_back(line.substr(2, end_of_first_cell(line) - 3));
    }
    if (!cells.empty()) cells.erase(cells.begin());  // the table's head
    return cells;
}

std::vector<std::string> found(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::vector<std::string> matches;
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) matches.push_back(at->str(1));
    return matches;
}

/// "runs list\\|show" -> {runs list}, {runs show}; "analyze sigma [SUBJECT]" -> {analyze sigma}; "gui" -> {gui}.
std::vector<std::vector<std::string>> commands_of(const std::string& quoted) {
    const std::string command = quoted.substr(0, quoted.find(' '));
    std::vector<std::vector<std::string>> commands;
    if (quoted.find(' ') == std::string::npos) return {{command}};
    const std::string below = quoted.substr(quoted.find(' ') + 1);
    if (below.front() < 'a' || below.front() > 'z') return {{command}};
    for (const std::string& name : found(below.substr(0, below.find(' ')), "([a-z]+)"))
        commands.push_back({command, name});
    return commands;
}

TEST(Contract, EveryCommandOfThePageIsThereWithItsOptions) {
    const Workplace workplace;
    const std::vector<std::string> cells = first_cells("Commands");
    ASSERT_GE(cells.size(), 9u);
    for (const std::string& cell : cells) {
        std::string last_help;
        for (const std::string& quoted : found(cell, "`([a-z][^`]*)`")) {
            for (std::vector<std::string> command : commands_of(quoted)) {
                command.emplace_back("--help");
                const Outcome outcome = workplace.run(command);
                EXPECT_EQ(outcome.exit_code, 0) << cell << outcome.messages;
                last_help = outcome.output;
            }
        }
        for (const std::string& option : found(cell, "(--[a-z][a-z0-9-]*)")) {
            EXPECT_THAT(last_help, HasSubstr(option)) << cell;
        }
    }
}

/// The rows of the commands' table that have this command in their first cell, and all that is said elsewhere.
std::string said_of(const std::vector<std::string>& command) {
    std::ifstream file(project_file("docs/cli.md"));
    std::string line, text;
    bool is_known = false, is_inside = false;
    while (std::getline(file, line)) {
        if (line.starts_with("## ")) is_inside = line == "## Commands";
        if (!is_inside || !line.starts_with("| `")) {
            text += line + "\n";
            continue;
        }
        for (const std::string& quoted : found(line.substr(0, end_of_first_cell(line)), "`([a-z][^`]*)`")) {
            for (const std::vector<std::string>& named : commands_of(quoted)) {
                if (named != command) continue;
                is_known = true;
                text += line + "\n";
            }
        }
    }
    return is_known ? text : std::string();
}

void expect_said(const CommandReference& command, std::vector<std::string> words) {
    for (const CommandReference& below : command.commands) {
        std::vector<std::string> named = words;
        named.push_back(below.word);
        expect_said(below, named);
    }
    const std::string said = said_of(words);
    if (!command.commands.empty() && said.empty()) return;  // a group, such as "runs"
    EXPECT_FALSE(said.empty()) << "docs/cli.md has no row for " << command.name;
    for (const OptionReference& option : command.options) {
        const bool is_there = std::any_of(option.names.begin(), option.names.end(), [&](const std::string& name) {
            return std::regex_search(said, std::regex("(^|[^a-z-])" + name + "([^a-z-]|$)"));
        });
        EXPECT_TRUE(is_there) << "docs/cli.md does not say " << option.names.back() << " of " << command.name;
    }
}

TEST(Contract, EveryCommandAndOptionOfTheProgramIsOnThePage) {
    CLI::App root("", "f8net");
    CommandRegistry registry(root);
    add_all_commands(registry);
    const CommandReference program = describe(root);
    ASSERT_GE(program.commands.size(), 20u);
    for (const CommandReference& command : program.commands) expect_said(command, {command.word});
}

TEST(Contract, ExitCodesOfThePageAreThoseOfTheProgram) {
    std::set<int> documented;
    for (const std::string& cell : first_cells("Streams and exit codes")) {
        for (const std::string& code : found(cell, "([0-9]+)")) documented.insert(std::stoi(code));
    }
    std::set<int> known{130, 143};  // 128 + SIGINT, SIGTERM
    for (const ExitCode code : {ExitCode::kOk, ExitCode::kAnswerIsNo, ExitCode::kUsage, ExitCode::kData,
                                ExitCode::kMissing, ExitCode::kInternal, ExitCode::kDevice, ExitCode::kStore,
                                ExitCode::kIo, ExitCode::kStopped, ExitCode::kDiverged}) {
        known.insert(static_cast<int>(code));
    }
    EXPECT_EQ(documented, known);
}

TEST(Contract, KeysOfThePublishedProgramAreThoseOfTheTable) {
    std::ifstream file(project_file("docs/published-experiments.md"));
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    const std::string begin = "<!-- keys -->\n", end = "<!-- end of keys -->";
    const size_t from = page.find(begin), to = page.find(end);
    ASSERT_NE(from, std::string::npos);
    ASSERT_NE(to, std::string::npos);
    const Outcome outcome = Workplace().run({"config", "keys", "--authors", "--markdown"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), outcome.output)
        << "docs/published-experiments.md: f8net config keys --authors --markdown has changed";
}

}  // namespace
}  // namespace f8net
