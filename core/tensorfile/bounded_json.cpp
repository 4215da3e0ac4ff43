// SPDX-License-Identifier: Apache-2.0
#include "core/tensorfile/bounded_json.h"

#include <set>
#include <vector>

#include "core/base/error.h"
#include "core/tensorfile/memory_budget.h"

namespace f8net {

namespace {

using nlohmann::json;

// What a key and a value cost in memory while the tree is there, the key's text counted twice (the tree, the names
// seen).
constexpr int64_t kKeyBytes = 256, kValueBytes = 80;

}  // namespace

json parse_bounded_json(std::string_view text, int64_t file_size_bytes, int max_depth, const std::string& file,
                        const std::string& what) {
    const std::string place = file + ": " + what;
    // The JSON parser takes a zero byte for the end of the text.
    if (text.find('\0') != std::string_view::npos) throw DataError(place + " has a zero byte");
    MemoryBudget budget(file_size_bytes, file);
    budget.spend(static_cast<int64_t>(text.size()), what);
    std::vector<std::set<std::string>> names;
    const auto watch = [&](int depth, json::parse_event_t event, json& value) {
        if (depth > max_depth) throw DataError(place + ": nested too deeply");
        const auto length = value.is_string() ? static_cast<int64_t>(value.get_ref<const std::string&>().size()) : 0;
        budget.spend(event == json::parse_event_t::key ? kKeyBytes + 2 * length : kValueBytes + length, what);
        if (event == json::parse_event_t::object_start) {
            names.resize(static_cast<size_t>(depth) + 1);
            names.back().clear();
        } else if (event == json::parse_event_t::key) {
            if (!names.at(static_cast<size_t>(depth) - 1).insert(value.get<std::string>()).second)
                throw DataError(place + ": '" + value.get<std::string>() + "' is there twice");
        }
        return true;
    };
    try {
        return json::parse(text.begin(), text.end(), watch);
    } catch (const json::exception& error) {
        throw DataError(place + " is not valid JSON: " + error.what());
    }
}

}  // namespace f8net
