// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/config/option_table.h"
#include "core/config/shown_text.h"

namespace f8net {
namespace {

[[noreturn]] void refuse(const OptionRow& row, const std::string& got, const std::string& why = {}) {
    throw ConfigError(row.key + " is " + got + ", expected " + row.allowed() + (why.empty() ? "" : " (" + why + ")"));
}

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// YAML 1.1 reads 010 as 8, people as 10: neither guess is made.
bool has_leading_zero(std::string_view text) {
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

std::string number_text(double value) {
    std::array<char, 40> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

std::string shown(std::string_view text) {
    const bool number = !text.empty() && text.size() < 30 &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '9' && c != '\''; });
    return number ? std::string(text) : shown_text(text);
}

bool parse_bool(const OptionRow& row, std::string_view text) {
    for (const char* word : {"true", "True", "TRUE", "yes", "on"}) {
        if (text == word) return true;
    }
    for (const char* word : {"false", "False", "FALSE", "no", "off"}) {
        if (text == word) return false;
    }
    refuse(row, shown_text(text));
}

int64_t parse_int(const OptionRow& row, std::string_view text) {
    if (has_leading_zero(text)) refuse(row, shown(text), "leading zeros are not accepted");
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) refuse(row, shown(text));
    return value;
}

double parse_double(const OptionRow& row, std::string_view text) {
    if (has_leading_zero(text)) refuse(row, shown(text), "leading zeros are not accepted");
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) refuse(row, shown(text));
    return value;
}

void check_number(const OptionRow& row, double value) {
    if (!(value >= row.minimum && value <= row.maximum)) refuse(row, number_text(value));
}

void check_choice(const OptionRow& row, const std::string& value) {
    if (std::find(row.choices.begin(), row.choices.end(), value) != row.choices.end()) return;
    const std::string near = nearest_name(value.substr(0, 40), row.choices);
    refuse(row, shown_text(value), near.empty() ? "" : "did you mean '" + near + "'?");
}

void check_text(const OptionRow& row, const std::string& text) {
    if (text.find('\0') != std::string::npos || !is_utf8(text)) refuse(row, "not text");
}

void check_length(const OptionRow& row, size_t length) {
    if (length < row.minimum_length || length > row.maximum_length) {
        refuse(row, "a list of " + std::to_string(length));
    }
}

/// Takes "[a, "b,c", d]" or "a,b" apart.
std::vector<std::string> split_list(const OptionRow& row, std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && text.front() == '[') {
        if (text.size() < 2 || text.back() != ']') refuse(row, shown_text(text), "the list has no end");
        text = trimmed(text.substr(1, text.size() - 2));
    }
    std::vector<std::string> elements;
    if (text.empty()) return elements;
    std::string element;
    bool was_quoted = false;
    for (size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || text[i] == ',') {
            elements.push_back(was_quoted ? element : std::string(trimmed(element)));
            element.clear();
            was_quoted = false;
        } else if (text[i] == '"' && trimmed(element).empty() && !was_quoted) {
            element.clear();
            was_quoted = true;
            for (++i; i < text.size() && text[i] != '"'; ++i) {
                if (text[i] == '\\' && i + 1 < text.size()) ++i;
                element += text[i];
            }
            if (i >= text.size()) refuse(row, shown_text(text), "a quote has no end");
        } else if (was_quoted && text[i] != ' ') {
            refuse(row, shown_text(text), "a comma is missing after a quote");
        } else if (!was_quoted) {
            element += text[i];
        }
    }
    return elements;
}

std::string list_element(const std::string& text) {
    const bool plain = !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
        return c == ',' || c == '"' || c == '[' || c == ']' || c == '\\' || c == ' ' ||
               static_cast<unsigned char>(c) < 0x20;
    });
    if (plain) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

template <typename Elements, typename ToText>
std::string join_list(const Elements& elements, ToText to_text) {
    std::string out = "[";
    for (size_t i = 0; i < elements.size(); ++i) out += (i == 0 ? "" : ", ") + to_text(elements[i]);
    return out + "]";
}

}  // namespace

std::string to_string(OptionType type) {
    static constexpr std::array<const char*, 10> kNames = {
        "bool", "int", "double", "string", "path", "choice", "int list", "double list", "string list", "choice list"};
    return kNames.at(static_cast<size_t>(type));
}

bool is_list(OptionType type) {
    return type >= OptionType::kIntList;
}

std::string OptionRow::allowed() const {
    std::string range;
    const bool has_minimum = std::isfinite(minimum), has_maximum = std::isfinite(maximum);
    if (has_minimum && has_maximum)
        range = number_text(minimum) + " to " + number_text(maximum);
    else if (has_minimum)
        range = number_text(minimum) + " or more";
    else if (has_maximum)
        range = number_text(maximum) + " or less";
    const auto with_range = [&](const std::string& what) { return range.empty() ? what : what + ", " + range; };
    std::string one_of;
    for (const auto& choice : choices) one_of += (one_of.empty() ? "" : ", ") + choice;
    std::string count;
    if (minimum_length == maximum_length) count = std::to_string(minimum_length) + " ";
    const auto list_of = [&](const std::string& what) {
        return count.empty() ? "a list of " + what : "a list of " + count + what;
    };
    switch (type) {
        case OptionType::kBool:
            return "true or false";
        case OptionType::kInt:
            return with_range("a whole number");
        case OptionType::kDouble:
            return with_range("a number");
        case OptionType::kString:
            return "text";
        case OptionType::kPath:
            return "a path";
        case OptionType::kChoice:
            return "one of " + one_of;
        case OptionType::kIntList:
            return with_range(list_of("whole numbers"));
        case OptionType::kDoubleList:
            return with_range(list_of("numbers"));
        case OptionType::kStringList:
            return list_of("texts");
        case OptionType::kChoiceList:
            return list_of("names out of " + one_of);
    }
    return {};
}

OptionValue parse_elements(const OptionRow& row, std::span<const std::string> elements) {
    OptionValue value;
    if (row.type == OptionType::kIntList) {
        std::vector<int64_t> numbers;
        for (const auto& element : elements) numbers.push_back(parse_int(row, element));
        value = std::move(numbers);
    } else if (row.type == OptionType::kDoubleList) {
        std::vector<double> numbers;
        for (const auto& element : elements) numbers.push_back(parse_double(row, element));
        value = std::move(numbers);
    } else if (is_list(row.type)) {
        value = std::vector<std::string>(elements.begin(), elements.end());
    } else {
        refuse(row, "a list");
    }
    check_value(row, value);
    return value;
}

OptionValue parse_value(const OptionRow& row, std::string_view text) {
    if (is_list(row.type)) return parse_elements(row, split_list(row, text));
    OptionValue value;
    switch (row.type) {
        case OptionType::kBool:
            value = parse_bool(row, trimmed(text));
            break;
        case OptionType::kInt:
            value = parse_int(row, trimmed(text));
            break;
        case OptionType::kDouble:
            value = parse_double(row, trimmed(text));
            break;
        case OptionType::kChoice:
            value = std::string(trimmed(text));
            break;
        default:
            value = std::string(text);
    }
    check_value(row, value);
    return value;
}

void check_value(const OptionRow& row, const OptionValue& value) {
    if (value.index() != row.default_value().index()) refuse(row, shown_text(format_value(value)));
    if (const auto* number = std::get_if<int64_t>(&value)) {
        check_number(row, static_cast<double>(*number));
    } else if (const auto* real = std::get_if<double>(&value)) {
        check_number(row, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        if (row.type == OptionType::kChoice) check_choice(row, *text);
        check_text(row, *text);
    } else if (const auto* ints = std::get_if<std::vector<int64_t>>(&value)) {
        check_length(row, ints->size());
        for (const int64_t element : *ints) check_number(row, static_cast<double>(element));
    } else if (const auto* doubles = std::get_if<std::vector<double>>(&value)) {
        check_length(row, doubles->size());
        for (const double element : *doubles) check_number(row, element);
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        check_length(row, texts->size());
        for (size_t i = 0; i < texts->size(); ++i) {
            const std::string& element = (*texts)[i];
            check_text(row, element);
            if (row.type != OptionType::kChoiceList) continue;
            check_choice(row, element);
            if (std::find(texts->begin(), texts->begin() + static_cast<std::ptrdiff_t>(i), element) !=
                texts->begin() + static_cast<std::ptrdiff_t>(i)) {
                refuse(row, "a list with " + shown_text(element) + " twice");
            }
        }
    }
}

std::string format_value(const OptionValue& value) {
    struct Visitor {
        std::string operator()(bool v) const { return v ? "true" : "false"; }
        std::string operator()(int64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const { return number_text(v); }
        std::string operator()(const std::string& v) const { return v; }
        std::string operator()(const std::vector<int64_t>& v) const {
            return join_list(v, [](int64_t e) { return std::to_string(e); });
        }
        std::string operator()(const std::vector<double>& v) const { return join_list(v, number_text); }
        std::string operator()(const std::vector<std::string>& v) const { return join_list(v, list_element); }
    };
    return std::visit(Visitor{}, value);
}

}  // namespace f8net
