// SPDX-License-Identifier: Apache-2.0
/// JSON documents: keys keep their order, values that are not there are null.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace f8net {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}
inline Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

/// Text that is not UTF-8 (a file name) is written with replacement characters.
inline std::string json_text(const Json& document, int indent) {
    return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace f8net
