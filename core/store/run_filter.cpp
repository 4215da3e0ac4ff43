// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_filter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <regex>

#include "core/base/error.h"

namespace f8net {

namespace {

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

using Number = std::optional<double>;

struct NumberField {
    const char* name;
    Number (*get)(const RunSummary&);
};

Number when(double time) {
    return time > 0 ? Number(time) : std::nullopt;
}

const std::array kNumberFields{
    NumberField{"top1", [](const RunSummary& r) { return r.best_top1; }},
    NumberField{"best", [](const RunSummary& r) { return r.best_top1; }},
    NumberField{"last", [](const RunSummary& r) { return r.last_top1; }},
    NumberField{"float", [](const RunSummary& r) { return r.float_top1; }},
    NumberField{"fixed", [](const RunSummary& r) { return r.fixed_top1; }},
    NumberField{"integer", [](const RunSummary& r) { return r.integer_top1; }},
    NumberField{"loss", [](const RunSummary& r) { return r.last_loss; }},
    NumberField{"epoch", [](const RunSummary& r) { return Number(r.epoch.value); }},
    NumberField{"epochs", [](const RunSummary& r) { return Number(r.total_epochs.value); }},
    NumberField{"step", [](const RunSummary& r) { return Number(static_cast<double>(r.step.value)); }},
    NumberField{"steps", [](const RunSummary& r) { return Number(static_cast<double>(r.total_steps.value)); }},
    NumberField{"progress", [](const RunSummary& r) { return Number(r.progress); }},
    NumberField{"duration", [](const RunSummary& r) { return Number(r.duration_seconds); }},
    NumberField{"attempt", [](const RunSummary& r) { return Number(r.attempt); }},
    NumberField{"created", [](const RunSummary& r) { return when(r.created_at); }},
    NumberField{"started", [](const RunSummary& r) { return when(r.started_at); }},
    NumberField{"ended", [](const RunSummary& r) { return when(r.ended_at); }},
    NumberField{"exit", [](const RunSummary& r) { return r.exit_code ? Number(*r.exit_code) : std::nullopt; }},
};

struct TextField {
    const char* name;
    std::string (*get)(const RunSummary&);
};

std::string joined_tags(const RunSummary& run) {
    std::string text;
    for (const std::string& tag : run.tags) text += tag + "\n";
    return text;
}

const std::array kTextFields{
    TextField{"name", [](const RunSummary& r) { return r.name; }},
    TextField{"id", [](const RunSummary& r) { return r.id.text(); }},
    TextField{"state", [](const RunSummary& r) { return to_string(r.state); }},
    TextField{"tag", joined_tags},
    TextField{"note", [](const RunSummary& r) { return r.note; }},
    TextField{"stage", [](const RunSummary& r) { return r.stage; }},
    TextField{"experiment", [](const RunSummary& r) { return r.experiment; }},
    TextField{"config", [](const RunSummary& r) { return r.config_path; }},
    TextField{"model", [](const RunSummary& r) { return r.model; }},
    TextField{"dataset", [](const RunSummary& r) { return r.dataset; }},
    TextField{"mode", [](const RunSummary& r) { return r.numeric_mode; }},
    TextField{"device", [](const RunSummary& r) { return r.device; }},
    TextField{"parent", [](const RunSummary& r) { return r.parent ? r.parent->text() : std::string(); }},
    TextField{"host", [](const RunSummary& r) { return r.owner.host; }},
};

template <typename Fields>
auto* field_named(const Fields& fields, const std::string& name) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
    return found == fields.end() ? nullptr : &*found;
}

std::string searched_text(const RunSummary& run) {
    return run.name + "\n" + run.id.text() + "\n" + run.experiment + "\n" + run.model + "\n" + run.dataset + "\n" +
           run.note + "\n" + joined_tags(run);
}

/// "0.1", "1e-3", "90%", and for durations "90s", "5m", "2h", "1d".
Number parse_number(const std::string& text) {
    char* end = nullptr;
    if (text.empty()) return std::nullopt;
    const double value = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || std::isnan(value)) return std::nullopt;
    const std::string unit = end;
    if (unit.empty() || unit == "s") return value;
    if (unit == "%") return value / 100;
    if (unit == "m") return value * 60;
    if (unit == "h") return value * 3600;
    if (unit == "d") return value * 86400;
    return std::nullopt;
}

template <typename Value>
bool compare(const Value& left, const std::string& comparison, const Value& right) {
    if (comparison == "<") return left < right;
    if (comparison == "<=") return left <= right;
    if (comparison == ">") return left > right;
    if (comparison == ">=") return left >= right;
    if (comparison == "=") return left == right;
    return left != right;
}

using Test = std::function<bool(const RunSummary&)>;

Test field_test(const std::string& word, const std::string& field, const std::string& value) {
    const TextField* text_field = field_named(kTextFields, field);
    if (text_field == nullptr) {
        std::vector<std::string> names;
        for (const TextField& known : kTextFields) names.emplace_back(known.name);
        const std::string nearest = nearest_name(field, names);
        std::string all;
        for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
        throw ConfigError("filter '" + word + "': there is no field '" + field + "'" +
                          (nearest.empty() ? "" : "; did you mean '" + nearest + ":'?") + " Fields: " + all +
                          "; quote the word to search for it as text");
    }
    if (field == "state") {
        const auto state = parse_run_state(lower(value));
        if (!state) {
            throw ConfigError("filter '" + word + "': '" + value +
                              "' is no state; expected queued, running, paused, finished, stopped, failed or crashed");
        }
        return [wanted = *state](const RunSummary& run) { return run.state == wanted; };
    }
    if (field == "tag") {
        return [value](const RunSummary& run) {
            return std::find(run.tags.begin(), run.tags.end(), value) != run.tags.end();
        };
    }
    return [text_field, wanted = lower(value)](const RunSummary& run) {
        return lower(text_field->get(run)).find(wanted) != std::string::npos;
    };
}

Test regex_test(const std::string& word, const std::string& pattern) {
    try {
        const std::regex expression(pattern, std::regex::ECMAScript | std::regex::icase);
        return [expression](const RunSummary& run) {
            for (const std::string& text :
                 {run.name, run.id.text(), run.experiment, run.model, run.dataset, run.note}) {
                if (std::regex_search(text, expression)) return true;
            }
            return std::any_of(run.tags.begin(), run.tags.end(),
                               [&](const std::string& tag) { return std::regex_search(tag, expression); });
        };
    } catch (const std::regex_error& error) {
        throw ConfigError("filter '" + word + "' is not a regular expression: " + error.what());
    }
}

Test comparison_test(const std::string& word, const std::string& key, const std::string& comparison,
                     const std::string& value) {
    const Number number = parse_number(value);
    if (const NumberField* field = field_named(kNumberFields, key)) {
        if (!number) throw ConfigError("filter '" + word + "': '" + value + "' is not a number");
        return [=](const RunSummary& run) {
            const Number have = field->get(run);
            return have && compare(*have, comparison, *number);
        };
    }
    if (const TextField* field = field_named(kTextFields, key)) {
        return [=](const RunSummary& run) {
            if (key == "tag") {
                const bool has = std::find(run.tags.begin(), run.tags.end(), value) != run.tags.end();
                return has == (comparison != "!=");
            }
            return compare(field->get(run), comparison, value);
        };
    }
    return [=](const RunSummary& run) {
        const auto have = run.values.find(key);
        if (have == run.values.end()) return false;
        const Number left = parse_number(have->second);
        return left && number ? compare(*left, comparison, *number) : compare(have->second, comparison, value);
    };
}

bool is_key_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string("._/-").find(c) != std::string::npos;
}

/// Where a comparison stands after a key, or npos.
size_t comparison_position(const std::string& word) {
    size_t at = 0;
    while (at < word.size() && is_key_character(word[at])) ++at;
    return at > 0 && at < word.size() && std::string("<>=!").find(word[at]) != std::string::npos ? at
                                                                                                 : std::string::npos;
}

/// Splits at blanks outside quotes and keeps the quotes, which make a word plain text or keep blanks in a value.
std::vector<std::string> split_words(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == ' ' || c == '\t' || c == '\n')) {
            if (!word.empty()) words.push_back(word);
            word.clear();
        } else {
            word += c;
        }
    }
    if (quoted) throw ConfigError("filter '" + text + "': a quotation mark is not closed");
    if (!word.empty()) words.push_back(word);
    return words;
}

std::string without_quotes(std::string text) {
    std::erase(text, '"');
    return text;
}

}  // namespace

struct RunFilter::Word {
    Test test;
    bool is_negated = false;
    std::string key;  // that RunSummary does not have itself

    explicit Word(const std::string& typed) {
        std::string word = typed;
        if (word.size() > 1 && word.front() == '-') {
            is_negated = true;
            word.erase(0, 1);
        }
        if (word.front() == '"') {
            test = text_test(without_quotes(word));
            return;
        }
        if (word.size() > 2 && word.front() == '/' && word.back() == '/') {
            test = regex_test(typed, word.substr(1, word.size() - 2));
            return;
        }
        if (const size_t at = comparison_position(word); at != std::string::npos) {
            const size_t length = at + 1 < word.size() && word[at + 1] == '=' ? 2 : 1;
            std::string comparison = word.substr(at, length);
            if (comparison == "==") comparison = "=";
            if (comparison == "!") throw ConfigError("filter '" + typed + "': expected <, <=, >, >=, = or !=");
            const std::string name = word.substr(0, at);
            const std::string value = without_quotes(word.substr(at + length));
            if (value.empty())
                throw ConfigError("filter '" + typed + "': a value is missing after '" + comparison + "'");
            if (!is_run_field(name)) key = name;
            test = comparison_test(typed, name, comparison, value);
            return;
        }
        if (const size_t colon = word.find(':'); colon != std::string::npos && colon > 0 && colon + 1 < word.size()) {
            test = field_test(typed, word.substr(0, colon), without_quotes(word.substr(colon + 1)));
            return;
        }
        test = text_test(without_quotes(word));
    }

    static Test text_test(const std::string& text) {
        return [wanted = lower(text)](const RunSummary& run) {
            return lower(searched_text(run)).find(wanted) != std::string::npos;
        };
    }
};

RunFilter::RunFilter() : words_(std::make_shared<std::vector<Word>>()) {}

RunFilter::RunFilter(const std::string& text) : text_(text) {
    auto words = std::make_shared<std::vector<Word>>();
    for (const std::string& word : split_words(text)) words->emplace_back(word);
    words_ = std::move(words);
}

RunFilter::RunFilter(const std::vector<std::string>& words) {
    auto parsed = std::make_shared<std::vector<Word>>();
    for (const std::string& word : words) {
        if (word.empty()) continue;
        parsed->emplace_back(word);
        text_ += (text_.empty() ? "" : " ") + (word.find(' ') == std::string::npos ? word : "\"" + word + "\"");
    }
    words_ = std::move(parsed);
}

bool RunFilter::matches(const RunSummary& run) const {
    return std::all_of(words_->begin(), words_->end(),
                       [&](const Word& word) { return word.test(run) != word.is_negated; });
}

bool RunFilter::empty() const {
    return words_->empty();
}

std::vector<std::string> RunFilter::keys() const {
    std::vector<std::string> keys;
    for (const Word& word : *words_) {
        if (!word.key.empty() && std::find(keys.begin(), keys.end(), word.key) == keys.end()) keys.push_back(word.key);
    }
    return keys;
}

const std::string& RunFilter::text() const {
    return text_;
}

bool RunFilter::is_run_field(const std::string& name) {
    return field_named(kNumberFields, name) != nullptr || field_named(kTextFields, name) != nullptr;
}

std::vector<std::string> RunFilter::run_fields() {
    std::vector<std::string> names;
    for (const TextField& field : kTextFields) names.emplace_back(field.name);
    for (const NumberField& field : kNumberFields) names.emplace_back(field.name);
    return names;
}

}  // namespace f8net
