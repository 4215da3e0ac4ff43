// SPDX-License-Identifier: Apache-2.0
/// Whether a text is well-formed XML, as far as our writers use it: tags that nest, quoted attributes, escaped text.
#pragma once

#include <string>
#include <vector>

namespace f8net {

/// Empty where it is; else what is wrong.
inline std::string why_not_xml(const std::string& text) {
    std::vector<std::string> open;
    bool had_root = false;
    size_t at = 0;
    while (at < text.size()) {
        if (text[at] != '<') {
            if (text[at] == '>') return "'>' in text at " + std::to_string(at);
            if (text[at] == '&' && text.find(';', at) > at + 5) return "bare '&' at " + std::to_string(at);
            ++at;
            continue;
        }
        const size_t end = text.find('>', at);
        if (end == std::string::npos) return "tag without end";
        const std::string tag = text.substr(at + 1, end - at - 1);
        at = end + 1;
        if (tag.find('<') != std::string::npos) return "'<' inside of " + tag;
        size_t quotes = 0;
        for (const char c : tag) quotes += c == '"';
        if (quotes % 2 != 0) return "open quote in " + tag;
        if (tag.front() == '?') continue;
        if (tag.front() == '/') {
            if (open.empty() || open.back() != tag.substr(1)) return "unexpected </" + tag.substr(1) + ">";
            open.pop_back();
            continue;
        }
        if (open.empty() && had_root) return "a second root " + tag;
        had_root = true;
        if (tag.back() != '/') open.push_back(tag.substr(0, tag.find(' ')));
    }
    return !had_root ? "no tag" : open.empty() ? "" : "<" + open.back() + "> is not closed";
}

}  // namespace f8net
