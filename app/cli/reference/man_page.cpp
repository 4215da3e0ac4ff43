// SPDX-License-Identifier: Apache-2.0
#include "app/cli/reference/man_page.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/config/option_table.h"

namespace f8net {

namespace {

/// Text that is no macro, no escape and no typographic quote.
std::string escaped(const std::string& text) {
    std::string result;
    bool at_line_start = true;
    for (const char c : text) {
        if (at_line_start && (c == '.' || c == '\'')) result += "\\&";
        if (c == '\\') {
            result += "\\e";
        } else if (c == '-') {
            result += "\\-";  // a plain hyphen is a typographic one, which cannot be copied
        } else if (c == '\'') {
            result += "\\(aq";
        } else if (c == '`') {
            result += "\\(ga";
        } else if (c == '^') {
            result += "\\(ha";
        } else if (c == '~') {
            result += "\\(ti";
        } else {
            result += c;
        }
        at_line_start = c == '\n';
    }
    return result;
}

std::string bold(const std::string& text) {
    return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(const std::string& text) {
    return "\\fI" + escaped(text) + "\\fR";
}

/// "f8net runs list" -> "f8net-runs-list".
std::string page_name(const std::string& command) {
    std::string name = command;
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

std::string head(const std::string& name, const std::string& section, const std::string& summary) {
    return ".TH " + upper(escaped(name)) + " " + section +
           " \"\" \"F8Net Workbench " F8NET_VERSION "\" \"F8Net Workbench\"\n.SH NAME\n" + escaped(name) + " \\- " +
           escaped(summary) + "\n";
}

std::string synopsis(const CommandReference& command) {
    std::string text = bold(command.name);
    for (const OptionReference& positional : command.positionals) {
        const std::string name = italic(positional.value) + (positional.is_repeatable ? "..." : "");
        text += positional.is_required ? " " + name : " [" + name + "]";
    }
    if (!command.commands.empty()) text += " " + italic("COMMAND");
    return text + " [" + italic("OPTION") + "...]\n";
}

std::string entry(const OptionReference& option) {
    std::string names;
    for (const std::string& name : option.names) {
        const bool is_positional = name == option.value;
        names += (names.empty() ? "" : ", ") + (is_positional ? italic(name) : bold(name));
    }
    if (!option.value.empty() && option.names.front() != option.value) names += " " + italic(option.value);
    std::string text = ".TP\n" + names + "\n" + escaped(option.help) + "\n";
    if (!option.environment.empty()) text += "Also by " + bold(option.environment) + ".\n";
    return text;
}

std::string entries(const std::vector<OptionReference>& options) {
    std::string text;
    for (const OptionReference& option : options) {
        if (option.names.back() != "--help") text += entry(option);  // whoever reads this page has help
    }
    return text;
}

std::string examples(const CommandReference& command) {
    std::string text;
    for (const std::string& line : command.examples) text += escaped(line) + "\n";
    return text.empty() ? text : ".nf\n" + text + ".fi\n";
}

std::string see_also(const std::string& pages) {
    return ".SH SEE ALSO\n" + pages + "\n";
}

std::string command_page(const CommandReference& command) {
    std::string text = head(page_name(command.name), "1", command.summary) + ".SH SYNOPSIS\n";
    if (command.commands.empty()) {
        text += synopsis(command);
    } else {
        for (const CommandReference& below : command.commands) text += synopsis(below) + ".br\n";
    }
    if (!command.examples.empty()) text += ".SH EXAMPLES\n" + examples(command);
    if (!command.positionals.empty()) text += ".SH ARGUMENTS\n" + entries(command.positionals);
    const std::string options = entries(command.options);
    if (!options.empty()) text += ".SH OPTIONS\n" + options;
    for (const CommandReference& below : command.commands) {
        text += ".SH " + upper(escaped(below.word)) + "\n" + escaped(below.summary) + ".\n.PP\n" + examples(below) +
                entries(below.positionals) + entries(below.options);
    }
    return text + see_also("The common options and the exit codes are in " + bold("f8net") +
                           "(1), the keys of experiment files in " + bold("f8net-config") + "(5).");
}

std::string program_page(const CommandReference& program) {
    std::string text = head(program.name, "1", "networks whose every multiplication is 8 bit x 8 bit") +
                       ".SH SYNOPSIS\n" + synopsis(program) + ".SH DESCRIPTION\n" + escaped(program.summary) +
                       "\n.SH EXAMPLES\n" + examples(program) + ".SH COMMANDS\n";
    for (const CommandReference& command : program.commands)
        text += ".TP\n" + bold(page_name(command.name)) + "(1)\n" + escaped(command.summary) + "\n";
    text += ".SH COMMON OPTIONS\n" + entries(program.options) + ".SH EXIT STATUS\n";
    struct Meaning {
        ExitCode code;
        const char* meaning;
    };
    static constexpr Meaning kMeanings[] = {
        {ExitCode::kOk, "done"},
        {ExitCode::kAnswerIsNo, "it ran, and the answer is no (codes differ, accuracy under what was required)"},
        {ExitCode::kUsage, "usage or configuration"},
        {ExitCode::kData, "bad input data or model file"},
        {ExitCode::kMissing, "a module or program that this needs is not installed"},
        {ExitCode::kInternal, "a bug of this program; a report was written"},
        {ExitCode::kDevice, "device: no GPU, out of its memory, driver"},
        {ExitCode::kStore, "the run store: busy for too long, written by a newer version, damaged"},
        {ExitCode::kIo, "input/output: disk full, permission"},
        {ExitCode::kStopped, "stopped on request, checkpoint saved: run it again"},
        {ExitCode::kDiverged, "training diverged"},
    };
    for (const Meaning& meaning : kMeanings)
        text += ".TP\n" + bold(std::to_string(static_cast<int>(meaning.code))) + "\n" + escaped(meaning.meaning) + "\n";
    text += ".SH FILES\n.TP\n" + italic("~/.local/share/f8net/runs.db") +
            "\nThe run store, with a folder for each run beside it.\n.TP\n" + italic("*.f8n") +
            "\nA network as integers only.\n";
    return text + see_also(bold("f8net-config") + "(5), " + bold("f8net-workbench") + "(1)");
}

std::string keys_page() {
    std::string text =
        head("f8net-config", "5", "keys of F8Net experiment files") +
        ".SH DESCRIPTION\nAn experiment is a YAML file. Every key has a default, and can also be set by an "
        "environment variable and by " +
        bold("--set KEY=VALUE") +
        " (default < file < environment < flag). The files of the program published with the paper load as they "
        "are.\n";
    const auto rows = [&text](const std::string& section) {
        for (const OptionRow& row : option_table()) {
            if (row.section != section) continue;
            text += ".TP\n" + bold(row.key) + " (" + escaped(row.allowed()) +
                    (row.unit.empty() ? "" : ", " + escaped(row.unit)) + ")\n" + escaped(row.help) +
                    "\nDefault: " + escaped(format_value(row.default_value())) + ". Also by " +
                    bold(row.environment_name()) + (row.flag.empty() ? "" : " and " + bold(row.flag)) + ".\n";
        }
    };
    text += ".SH TOP LEVEL\n";
    rows("");
    for (const OptionSection& section : option_sections()) {
        text += ".SH " + upper(escaped(section.name)) + "\n" + escaped(section.help) + "\n";
        rows(section.name);
    }
    return text + see_also(bold("f8net-train") + "(1)");
}

}  // namespace

std::map<std::string, std::string> man_pages(const CommandReference& program) {
    std::map<std::string, std::string> pages{{"f8net.1", program_page(program)}, {"f8net-config.5", keys_page()}};
    for (const CommandReference& command : program.commands)
        pages[page_name(command.name) + ".1"] = command_page(command);
    return pages;
}

}  // namespace f8net
