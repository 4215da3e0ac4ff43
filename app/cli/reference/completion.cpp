// SPDX-License-Identifier: Apache-2.0
#include "app/cli/reference/completion.h"

#include <CLI/App.hpp>
#include <algorithm>

#include "core/config/option_table.h"

namespace f8net {

namespace {

bool begins_with(const std::string& text, const std::string& start) {
    return text.rfind(start, 0) == 0;
}

/// What was said before the word being typed.
struct Place {
    const CommandReference* command;
    const OptionReference* awaits_value = nullptr;
    size_t positionals = 0;
    bool options_ended = false;  ///< after "--"
    std::string store = {};      ///< that --store names
};

const OptionReference* find_option(const std::vector<OptionReference>& options, const std::string& name) {
    for (const OptionReference& option : options) {
        if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) return &option;
    }
    return nullptr;
}

const OptionReference* find_option(const CommandReference& program, const CommandReference& command,
                                   const std::string& name) {
    const OptionReference* own = find_option(command.options, name);
    return own ? own : find_option(program.options, name);
}

bool is_store(const OptionReference& option) {
    return option.names.back() == "--store";
}

Place place_of(const CommandReference& program, const std::vector<std::string>& words) {
    Place place{&program};
    for (size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string& word = words[i];
        if (place.awaits_value) {
            if (is_store(*place.awaits_value)) place.store = word;
            place.awaits_value = nullptr;
        } else if (word == "--" && !place.options_ended) {
            place.options_ended = true;
        } else if (begins_with(word, "-") && word.size() > 1 && !place.options_ended) {
            const size_t equals = word.find('=');
            const OptionReference* option = find_option(program, *place.command, word.substr(0, equals));
            if (!option || option->value.empty()) continue;
            if (equals == std::string::npos) {
                place.awaits_value = option;
            } else if (is_store(*option)) {
                place.store = word.substr(equals + 1);
            }
        } else {
            const auto& below = place.command->commands;
            const auto found =
                std::find_if(below.begin(), below.end(), [&](const CommandReference& c) { return c.word == word; });
            if (found != below.end() && place.positionals == 0) {
                place.command = &*found;
            } else {
                ++place.positionals;
            }
        }
    }
    return place;
}

class Completer {
public:
    Completer(std::string typed, std::string store, const RunNames& run_names)
        : typed_(std::move(typed)), store_(std::move(store)), run_names_(run_names) {}

    void offer(const std::string& text, const std::string& help = {}) {
        if (begins_with(text, typed_)) completion_.candidates.push_back({text, help});
    }

    void offer_options(const CommandReference& command) {
        for (const OptionReference& option : command.options) offer(option.names.back(), option.help);
    }

    /// `before`: what stands in the same word before the value ("--mode=").
    void offer_values(const OptionReference& option, std::string before = {}) {
        switch (option.kind) {
            case ValueKind::kChoice: {
                // Lists: what stands before the last comma stays.
                const size_t comma = typed_.rfind(',');
                if (comma != std::string::npos) before = typed_.substr(0, comma + 1);
                for (const std::string& choice : option.choices) offer(before + choice);
                break;
            }
            case ValueKind::kKey:
                offer_keys(before);
                break;
            case ValueKind::kSubject:
                for (const std::string& name : run_names_(store_)) offer(before + name, "run");
                completion_.wants_files = true;
                break;
            case ValueKind::kFile:
                completion_.wants_files = true;
                break;
            case ValueKind::kFolder:
                completion_.wants_folders = true;
                break;
            case ValueKind::kText:
            case ValueKind::kNone:
                break;
        }
    }

    Completion take() { return std::move(completion_); }

private:
    void offer_keys(const std::string& before) {
        for (const OptionRow& row : option_table()) {
            const std::string key = before + row.key + "=";
            if (!begins_with(typed_, key)) {
                offer(key, row.help);
            } else if (row.type == OptionType::kBool) {
                for (const char* value : {"true", "false"}) offer(key + value);
            } else {
                for (const std::string& choice : row.choices) offer(key + choice);
            }
        }
    }

    const std::string typed_, store_;
    const RunNames& run_names_;
    Completion completion_;
};

}  // namespace

Completion complete(const CommandReference& program, const std::vector<std::string>& words, const RunNames& run_names) {
    const std::string typed = words.empty() ? std::string() : words.back();
    const Place place = place_of(program, words);
    Completer completer(typed, place.store, run_names);
    if (place.awaits_value) {
        completer.offer_values(*place.awaits_value);
        return completer.take();
    }
    if (begins_with(typed, "-") && !place.options_ended) {
        const size_t equals = typed.find('=');
        if (equals != std::string::npos) {
            const OptionReference* option = find_option(program, *place.command, typed.substr(0, equals));
            if (option) completer.offer_values(*option, typed.substr(0, equals + 1));
        } else {
            completer.offer_options(*place.command);
            if (place.command != &program) completer.offer_options(program);
        }
        return completer.take();
    }
    if (place.positionals == 0) {
        for (const CommandReference& command : place.command->commands) completer.offer(command.word, command.summary);
    }
    const auto& positionals = place.command->positionals;
    if (place.positionals < positionals.size()) {
        completer.offer_values(positionals[place.positionals]);
    } else if (!positionals.empty() && positionals.back().is_repeatable) {
        completer.offer_values(positionals.back());
    }
    return completer.take();
}

CLI::Validator suggest(const std::vector<std::string>& words) {
    std::string set;
    for (const std::string& word : words) set += (set.empty() ? "" : ",") + word;
    return CLI::Validator([](std::string&) { return std::string(); }, "{" + set + "}");
}

}  // namespace f8net
