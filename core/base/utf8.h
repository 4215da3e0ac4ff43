// SPDX-License-Identifier: Apache-2.0
/// Whether bytes are UTF-8, and text of strangers on one line, so that what is stored and shown is text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace f8net {

/// Bytes of the first character: 1 to 4; 0 where it is no valid UTF-8 (overlong forms and surrogates are not).
inline size_t utf8_length(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    size_t length = 0;
    unsigned code = 0, smallest = 0;
    if ((first & 0xe0) == 0xc0)
        length = 2, code = first & 0x1f, smallest = 0x80;
    else if ((first & 0xf0) == 0xe0)
        length = 3, code = first & 0x0f, smallest = 0x800;
    else if ((first & 0xf8) == 0xf0)
        length = 4, code = first & 0x07, smallest = 0x10000;
    if (length == 0 || text.size() < length) return 0;
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code = (code << 6) | (byte(i) & 0x3f);
    }
    return code < smallest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

inline bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// Control characters (line ends, what terminals take as commands) and bytes that are no UTF-8 become '?'.
inline std::string one_line(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        const bool is_c1 = length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
        if (length == 0 || byte < 0x20 || byte == 0x7f || is_c1) {
            out += '?';
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

/// UTF-8 without control characters.
inline bool is_one_line(std::string_view text) {
    return one_line(text) == text;
}

}  // namespace f8net
