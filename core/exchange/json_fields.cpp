// SPDX-License-Identifier: Apache-2.0
#include "core/exchange/json_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace f8net {

std::optional<double> json_number(const Json& value) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (value.is_number()) return value.get<double>();
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (value == "Infinity") return kInfinity;
    if (value == "-Infinity") return -kInfinity;
    return std::nullopt;
}

JsonFields::JsonFields(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object.is_object()) throw DataError(place_ + ": expected an object, got " + object.type_name());
}

void JsonFields::fail(const char* key, const std::string& what) const {
    throw DataError(place_ + ": '" + key + "': " + what);
}

const Json& JsonFields::at(const char* key) const {
    static const Json null;
    const auto found = object_.find(key);
    return found == object_.end() ? null : *found;
}

bool JsonFields::has(const char* key) const {
    return !at(key).is_null();
}

std::string JsonFields::text(const char* key) const {
    const Json& value = at(key);
    if (!value.is_string()) fail(key, std::string("expected a text, got ") + value.type_name());
    return value.get<std::string>();
}

std::string JsonFields::text_or_empty(const char* key) const {
    return has(key) ? text(key) : std::string();
}

std::string JsonFields::document(const char* key) const {
    const Json& value = at(key);
    return value.is_object() ? json_text(value, -1) : text_or_empty(key);
}

int64_t JsonFields::integer(const char* key, int64_t least, int64_t most) const {
    const Json& value = at(key);
    if (!value.is_number_integer() || value < least || value > most) {
        fail(key, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ", got " +
                      json_text(value, -1).substr(0, 40));
    }
    return value.get<int64_t>();
}

bool JsonFields::boolean(const char* key) const {
    const Json& value = at(key);
    if (!value.is_boolean()) fail(key, std::string("expected true or false, got ") + value.type_name());
    return value.get<bool>();
}

double JsonFields::number(const char* key) const {
    const std::optional<double> value = json_number(at(key));
    if (!value) fail(key, std::string("expected a number, got ") + at(key).type_name());
    return *value;
}

double JsonFields::finite(const char* key) const {
    const double value = number(key);
    if (!std::isfinite(value)) fail(key, "expected a finite number");
    return value;
}

double JsonFields::time(const char* key) const {
    if (!has(key)) return 0;
    const double value = finite(key);
    constexpr double kYear10000 = 253'402'300'800;
    if (value < 0 || value > kYear10000) fail(key, "expected seconds since 1970");
    return value;
}

std::optional<double> JsonFields::optional_number(const char* key) const {
    if (!has(key)) return std::nullopt;
    return number(key);
}

std::vector<int64_t> JsonFields::integers(const char* key, int64_t least, int64_t most, size_t longest) const {
    const Json& list = at(key);
    if (!list.is_array() || list.size() > longest) {
        fail(key, "expected a list of at most " + std::to_string(longest) + " whole numbers");
    }
    std::vector<int64_t> numbers;
    numbers.reserve(list.size());
    for (const Json& value : list) {
        if (!value.is_number_integer() || value < least || value > most)
            fail(key, "expected whole numbers, got " + json_text(value, -1).substr(0, 40));
        numbers.push_back(value.get<int64_t>());
    }
    return numbers;
}

std::map<std::string, std::string> JsonFields::texts(const char* key) const {
    std::map<std::string, std::string> values;
    const Json& object = at(key);
    if (object.is_null()) return values;
    if (!object.is_object()) fail(key, std::string("expected an object, got ") + object.type_name());
    for (const auto& [name, value] : object.items()) {
        if (!value.is_string()) fail(key, "expected texts, got " + json_text(value, -1).substr(0, 40));
        values[name] = value.get<std::string>();
    }
    return values;
}

Json JsonFields::array(const char* key) const {
    const Json& value = at(key);
    if (value.is_null()) return Json::array();
    if (!value.is_array()) fail(key, std::string("expected a list, got ") + value.type_name());
    return value;
}

void JsonFields::for_each(const char* key, const std::function<void(const JsonFields&)>& action) const {
    const Json& value = at(key);
    if (value.is_null()) return;
    if (!value.is_array()) fail(key, std::string("expected a list, got ") + value.type_name());
    for (const Json& entry : value) action(JsonFields(entry, place_ + ": '" + key + "'"));
}

Step JsonFields::step(const char* key) const {
    return Step{integer(key, 0, int64_t{1} << 53)};
}

Epoch JsonFields::epoch(const char* key) const {
    return Epoch{static_cast<int>(integer(key, 0, std::numeric_limits<int>::max()))};
}

RunId JsonFields::run_id(const char* key) const {
    const std::string id = text(key);
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
    if (id.size() != 12 || !std::all_of(id.begin(), id.end(), is_digit))
        fail(key, "expected a run's id, 12 characters of 0 to 9 and a to z, got '" + id.substr(0, 40) + "'");
    return RunId(id);
}

FixedPointFormat JsonFields::format(const char* key) const {
    const std::string word = text(key);
    FixedPointFormat format;
    format.is_signed = word.starts_with('s');
    const char* const end = word.data() + word.size();
    const char* next = word.data() + (word.empty() ? 0 : 1);
    const auto read = [&](int& number) {
        const auto [stop, problem] = std::from_chars(next, end, number);
        next = stop;
        return problem == std::errc();
    };
    constexpr int kLongest = 1000;  // a grid's fractional length may lie outside the word
    bool is_read = (word.starts_with('s') || word.starts_with('u')) && read(format.word_length) && next != end;
    is_read = is_read && *next++ == '.' && read(format.fractional_length) && next == end;
    if (!is_read || format.word_length < 2 || format.word_length > 32 || std::abs(format.fractional_length) > kLongest)
        fail(key, "expected a format such as u8.6, got '" + word.substr(0, 40) + "'");
    return format;
}

}  // namespace f8net
