// SPDX-License-Identifier: Apache-2.0
#include "app/cli/reference/command_reference.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <sstream>

namespace f8net {

namespace {

/// The choices of a checked option: CLI11 describes the set as "{auto,always,never}".
std::vector<std::string> choices_of(const CLI::Option& option) {
    std::vector<std::string> choices;
    try {
        for (int i = 0;; ++i) {
            const std::string text = const_cast<CLI::Option&>(option).get_validator(i)->get_description();
            if (text.size() < 2 || text.front() != '{' || text.back() != '}') continue;
            std::istringstream words(text.substr(1, text.size() - 2));
            std::string word;
            while (std::getline(words, word, ',')) choices.push_back(word);
        }
    } catch (const CLI::OptionNotFound&) {  // after the last validator
    }
    return choices;
}

/// The words that options name their values with say what can stand there.
ValueKind kind_of(const std::string& value, bool has_choices) {
    const auto begins = [&value](const char* word) { return value.rfind(word, 0) == 0; };
    if (value.empty()) return ValueKind::kNone;
    if (has_choices) return ValueKind::kChoice;
    if (begins("SUBJECT") || begins("RUN")) return ValueKind::kSubject;
    if (begins("KEY")) return ValueKind::kKey;
    if (begins("DIR") || begins("FOLDER")) return ValueKind::kFolder;
    for (const char* word : {"FILE", "PATH", "CONFIG", "PICTURE", "NET", "STORE"}) {
        if (begins(word)) return ValueKind::kFile;
    }
    return ValueKind::kText;
}

OptionReference describe(const CLI::Option& option) {
    OptionReference reference;
    if (option.get_positional()) {
        reference.names.push_back(option.get_name(true));
        reference.value = option.get_name(true);
    } else {
        for (const std::string& name : option.get_snames()) reference.names.push_back("-" + name);
        for (const std::string& name : option.get_lnames()) reference.names.push_back("--" + name);
        if (option.get_items_expected_max() > 0) {
            reference.value = option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
            // CLI11's words for numbers ("INT:POSITIVE").
            if (reference.value.find("INT") != std::string::npos ||
                reference.value.find("FLOAT") != std::string::npos) {
                reference.value = "N";
            }
        }
    }
    reference.help = option.get_description();
    reference.environment = option.get_envname();
    reference.choices = choices_of(option);
    reference.kind = kind_of(reference.value, !reference.choices.empty());
    reference.is_repeatable = option.get_items_expected_max() > 1;
    reference.is_required = option.get_required();
    return reference;
}

CommandReference describe(const CLI::App& app, const std::string& name) {
    CommandReference reference;
    reference.name = name;
    reference.word = app.get_name();
    reference.summary = app.get_description();
    std::istringstream examples(app.get_footer());
    std::string line;
    while (std::getline(examples, line)) reference.examples.push_back(line);
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;  // hidden
        (option->get_positional() ? reference.positionals : reference.options).push_back(describe(*option));
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (command->get_group().empty()) continue;
        reference.commands.push_back(describe(*command, name + " " + command->get_name()));
    }
    return reference;
}

}  // namespace

CommandReference describe(const CLI::App& root) {
    return describe(root, root.get_name());
}

}  // namespace f8net
