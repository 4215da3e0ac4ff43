// SPDX-License-Identifier: Apache-2.0
/// The documents of --json: keys keep their order, numbers that are not finite and values that are not there are null.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/cli/console.h"

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
inline void print_json(Console& console, const Json& document) {
    console.print_document(document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace f8net
