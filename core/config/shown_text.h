// SPDX-License-Identifier: Apache-2.0
/// Foreign text inside a message: in quotes, on one line, cut where it is long.
#pragma once

#include <string>
#include <string_view>

#include "core/base/utf8.h"

namespace f8net {

inline std::string shown_text(std::string_view text) {
    constexpr size_t kShown = 80;
    if (text.size() <= kShown) return "'" + one_line(text) + "'";
    size_t end = kShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
    return "'" + one_line(text.substr(0, end)) + "...'";
}

}  // namespace f8net
