// SPDX-License-Identifier: Apache-2.0
/// Foreign text inside a message: in quotes, on one line, cut where it is long.
#pragma once

#include <string>
#include <string_view>

#include "core/config/utf8.h"

namespace f8net {

/// Control characters and bytes that are no UTF-8 become '?'.
inline std::string one_line(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (length == 0 || byte < 0x20 || byte == 0x7f) {
            out += '?';
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return out;
}

inline std::string shown_text(std::string_view text) {
    constexpr size_t kShown = 80;
    if (text.size() <= kShown) return "'" + one_line(text) + "'";
    size_t end = kShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
    return "'" + one_line(text.substr(0, end)) + "...'";
}

}  // namespace f8net
